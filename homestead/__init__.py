"""Homestead: from a table and one problem file to a served, watched, retrained model."""

__version__ = "0.1.0"

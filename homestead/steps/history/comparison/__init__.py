"""Served inputs beside the offline store's values."""

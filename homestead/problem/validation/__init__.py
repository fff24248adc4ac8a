"""Checks between the fields of a problem file. Each error's text begins with its key."""

"""Processes that score parts at the same time."""

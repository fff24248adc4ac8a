"""Adapter of the evaluate step."""

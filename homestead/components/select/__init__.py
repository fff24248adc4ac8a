"""Adapter of the select step."""

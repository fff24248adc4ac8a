"""Adapter of the scoring step."""

"""Adapter of the release step."""

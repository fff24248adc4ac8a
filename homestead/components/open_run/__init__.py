"""Adapter of the open run step."""

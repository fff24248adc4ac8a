"""Adapter of the finalize run step."""

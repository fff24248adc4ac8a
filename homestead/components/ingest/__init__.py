"""Adapter of the ingest step."""

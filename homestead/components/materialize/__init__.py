"""Adapter of the materialize step."""

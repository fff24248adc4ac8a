"""Adapter of the train step."""

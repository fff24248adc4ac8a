"""Batch scoring of a million house sales."""

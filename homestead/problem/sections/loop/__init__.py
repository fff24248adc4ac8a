"""Sections about what happens after a release."""

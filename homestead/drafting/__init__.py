"""Drafts of problem files: what a table looks like, and what is guessed from it."""

"""Guesses at how a table is written, for drafts and hints; nothing is read by them."""

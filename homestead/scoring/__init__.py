"""Batch scoring: a champion's predictions for the rows of a table, with the bits of a server."""

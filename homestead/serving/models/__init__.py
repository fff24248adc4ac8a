"""Loaded model versions, and batches of rows that they predict."""

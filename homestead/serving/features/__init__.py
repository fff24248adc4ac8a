"""Batched, non-blocking reads from the online feature store."""

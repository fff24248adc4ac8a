"""Batched look-ups in the online feature store."""

"""Prepare data: ingest and training set in one pod."""

"""Adapter of the training set step."""

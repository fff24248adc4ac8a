"""Lineage of predictions and model versions, as lines of text and as a page."""

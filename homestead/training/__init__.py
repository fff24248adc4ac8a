"""Training: search, fit and export of a candidate."""

"""Panels of the data dashboard: drift, performance, labels, retraining."""

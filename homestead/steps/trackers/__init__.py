"""Trackers beside MLflow."""

"""prediction_log."""

"""Attempts of a training run: a failed one goes on at the step that failed."""

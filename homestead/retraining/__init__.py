"""Retraining: what asks for a new training run, and exactly one run for each cause."""

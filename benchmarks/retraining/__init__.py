"""Simulated retraining: one run for each cause, whatever is killed, lost, doubled or late."""

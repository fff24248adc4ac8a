"""Metrics of models: what they are called, what they mean and how they are computed."""

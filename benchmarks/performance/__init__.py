"""Benchmark of performance without labels: how often the estimate's interval holds."""

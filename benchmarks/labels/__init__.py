"""Benchmark of labels in bulk: how long a file of outcomes takes to join, and how much memory."""

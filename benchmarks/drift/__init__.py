"""Benchmark of drift checks: what they find, and how often they find what is not there."""

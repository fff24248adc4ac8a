"""Benchmark: a training run of house sales beside a plain script that does the same work."""

"""Metrics that are computed when Prometheus scrapes them."""

"""Grafana dashboards: panels, layout, and the three dashboards for service, model and data."""

"""Monitoring as code: metrics, alert rules and dashboards."""

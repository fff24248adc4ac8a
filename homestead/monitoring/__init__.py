"""Monitoring as code: rules and dashboards from the metric table and a problem's objectives."""

from homestead.monitoring.files import monitoring_files

__all__ = ["monitoring_files"]

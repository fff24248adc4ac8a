"""Monitoring as code: rules and dashboards from the metric table and a problem's objectives."""

from homestead.monitoring.generated_files import monitoring_files

__all__ = ["monitoring_files"]

"""The dashboards: the service for those on call, the model and its data for their owners."""

from homestead.monitoring.dashboards.data_dashboard import data_panels
from homestead.monitoring.dashboards.layout import dashboard
from homestead.monitoring.dashboards.model_dashboard import model_panels
from homestead.monitoring.dashboards.panels import Panel
from homestead.monitoring.dashboards.queries import selected_series
from homestead.monitoring.dashboards.service_dashboard import service_panels
from homestead.monitoring.promql import series

_DASHBOARDS = {
    "service": ("Whether requests are answered, and how fast.", service_panels),
    "model": ("Which versions answer, since when, and what trained them.", model_panels),
    "data": ("Whether what is asked still looks like what the model learnt from.", data_panels),
}


def dashboards() -> dict[str, Panel]:
    """Return each dashboard by the name of its file; they are the same for every problem."""
    loaded = selected_series("homestead_model_info")
    # A version that was not loaded a minute ago.
    release = f"max by (version) ({loaded}) unless max by (version) ({loaded} offset 1m)"
    return {
        name: dashboard(name, description, series("homestead_model_info"), release, panels())
        for name, (description, panels) in _DASHBOARDS.items()
    }

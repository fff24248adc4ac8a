"""The dashboards: the service for who is on call, the model and its data for who owns them."""

from homestead.monitoring.dashboard_queries import of
from homestead.monitoring.grafana import Panel, dashboard
from homestead.monitoring.model_panels import data_panels, model_panels
from homestead.monitoring.promql import series
from homestead.monitoring.service_panels import service_panels

_MADE = {
    "service": ("Whether requests are answered, and how fast.", service_panels),
    "model": ("Which versions answer, since when, and what trained them.", model_panels),
    "data": ("Whether what is asked still looks like what the model learnt from.", data_panels),
}


def dashboards() -> dict[str, Panel]:
    """Each dashboard by its file's name. They are the same for every problem."""
    loaded = of("model_info")
    # A version that was not there a minute ago.
    release = f"max by (version) ({loaded}) unless max by (version) ({loaded} offset 1m)"
    return {
        name: dashboard(name, text, series("model_info"), release, panels())
        for name, (text, panels) in _MADE.items()
    }

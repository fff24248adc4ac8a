"""Panels of labels: how many come, how late, and how many fit no prediction."""

from homestead.monitoring.dashboards.panels import Panel, stat, timeseries
from homestead.monitoring.dashboards.queries import selected_series
from homestead.monitoring.label_metrics import STATES


def label_panels() -> list[Panel]:
    """Return the panels without ids and positions."""
    return [
        timeseries(
            "Labels",
            "Joined and quarantined within a day, and those that wait for their prediction. Many in"
            " quarantine: `homestead labels status` says why. None joined: look at who sends them.",
            "short",
            *(
                ("max(" + selected_series("homestead_labels", f'state="{state}"') + ")", state)
                for state in STATES
            ),
            runbooks=("HomesteadLabelsQuarantined", "HomesteadLabelsAbsent"),
        ),
        stat(
            "From prediction to label",
            "Mean of the labels of the last day. Harm shows in measured performance no earlier;"
            " until then look at the estimate.",
            "s",
            f"max({selected_series('homestead_label_lag_seconds')})",
            no_data="no labels in a day",
            runbooks=("HomesteadLabelsAbsent",),
        ),
    ]

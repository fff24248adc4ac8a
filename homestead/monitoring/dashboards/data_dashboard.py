"""Panels for the owner of the data: drift, performance, labels, retraining, features, job runs."""

from homestead.monitoring.dashboards.data.drift_panels import drift_panels
from homestead.monitoring.dashboards.data.label_panels import label_panels
from homestead.monitoring.dashboards.data.performance_panels import performance_panels
from homestead.monitoring.dashboards.data.retraining_panels import retraining_panels
from homestead.monitoring.dashboards.panels import Panel, timeseries
from homestead.monitoring.dashboards.queries import age_s, selected_series


def data_panels() -> list[Panel]:
    """Return the panels without ids and positions."""
    return [
        *drift_panels(),
        *performance_panels(),
        *label_panels(),
        *retraining_panels(),
        timeseries(
            "Age of the features, by view",
            "Since the newest event in the online store. A line that rises without a step: nothing"
            " is written; look at the job of materialization, then at the source.",
            "s",
            (age_s("homestead_feature_freshness_timestamp_seconds", labels="view"), "{{view}}"),
            runbooks=("HomesteadFeaturesStale",),
        ),
        timeseries(
            "Feature store",
            "Share of the servers that can read the online store. 0%: look at Redis; in between:"
            " at the network of the servers that cannot.",
            "percentunit",
            (f"avg({selected_series('homestead_feature_store_available')})", "can read"),
            runbooks=("HomesteadFeatureStoreAway",),
        ),
        timeseries(
            "Age of the newest runs",
            "Since each task last ended with each outcome. A failed run that is younger than the"
            " succeeded one of its task: read that job's log.",
            "s",
            (
                age_s("homestead_task_finished_timestamp_seconds", labels="task, outcome"),
                "{{task}} {{outcome}}",
            ),
            runbooks=("HomesteadTaskFailed",),
        ),
    ]

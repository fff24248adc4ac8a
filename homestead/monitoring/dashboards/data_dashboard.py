"""Panels for the owner of the data: drift, performance, labels, retraining, features, job runs."""

from homestead.monitoring.dashboards.label_panels import label_panels
from homestead.monitoring.dashboards.panels import Panel, stat, timeseries
from homestead.monitoring.dashboards.performance_panels import performance_panels
from homestead.monitoring.dashboards.queries import age_s, selected_series
from homestead.monitoring.dashboards.retraining_panels import retraining_panels


def data_panels() -> list[Panel]:
    """Return the panels without ids and positions."""
    share, limit = (
        f"max({selected_series(name)})"
        for name in ("homestead_drift_share", "homestead_drift_threshold")
    )
    return [
        stat(
            "Verdict",
            "Of the newest report.",
            "none",
            # The added zero keeps a NaN: an inconclusive report is not 'no drift'.
            f"({share} > bool {limit}) + 0 * {share}",
            (1,),
            {"0": "no drift", "1": "drift", "nan": "inconclusive"},
        ),
        stat(
            "Drift share",
            "Share of the model's inputs that drifted in the newest report.",
            "percentunit",
            share,
        ),
        stat(
            "Calibrated verdict",
            "Of the newest report's tests with a known rate of false alarms.",
            "none",
            f"max({selected_series('homestead_drift_calibrated')})",
            (1,),
            {"0": "no drift", "1": "drift", "nan": "not tested"},
        ),
        stat(
            "Last checked",
            "Since the newest drift report.",
            "s",
            age_s("homestead_drift_checked_timestamp_seconds"),
        ),
        stat(
            "Rows compared",
            "Logged rows in the newest report.",
            "short",
            f"max({selected_series('homestead_drift_rows')})",
        ),
        timeseries(
            "Drift share and its limit",
            "Above the limit the model has drifted; a gap is an inconclusive report.",
            "percentunit",
            (share, "share"),
            (limit, "limit"),
        ),
        timeseries(
            "Calibrated p-value and its level",
            "At or below the level the calibrated tests found drift; a gap is a report without.",
            "none",
            (f"max({selected_series('homestead_drift_calibrated_p_value')})", "p-value"),
            (f"max({selected_series('homestead_drift_calibrated_level')})", "level"),
        ),
        timeseries(
            "Rows compared over time",
            "Logged rows in the newest report.",
            "short",
            (f"max({selected_series('homestead_drift_rows')})", "rows"),
        ),
        *performance_panels(),
        *label_panels(),
        *retraining_panels(),
        timeseries(
            "Age of the features, by view",
            "Since the newest event in the online store.",
            "s",
            (age_s("homestead_feature_freshness_timestamp_seconds", labels="view"), "{{view}}"),
        ),
        timeseries(
            "Feature store",
            "Share of the servers that can read the online store.",
            "percentunit",
            (f"avg({selected_series('homestead_feature_store_available')})", "can read"),
        ),
        timeseries(
            "Age of the newest runs",
            "Since each task last ended with each outcome.",
            "s",
            (
                age_s("homestead_task_finished_timestamp_seconds", labels="task, outcome"),
                "{{task}} {{outcome}}",
            ),
        ),
    ]

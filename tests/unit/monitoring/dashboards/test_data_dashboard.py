"""The data dashboard: each part has panels."""

from homestead.monitoring.dashboards.data_dashboard import data_panels


def test_drift_labels_performance_retraining_and_jobs_are_shown() -> None:
    queries = "\n".join(t["expr"] for panel in data_panels() for t in panel["targets"])
    for metric in (
        "homestead_drift_share",
        "homestead_labels",
        "homestead_performance",
        "homestead_retraining_runs",
        "homestead_task_finished",
    ):
        assert metric in queries

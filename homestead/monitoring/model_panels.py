"""Panels for who owns the model and its data."""

from homestead.monitoring.dashboard_queries import age, of, per_second, quantile
from homestead.monitoring.grafana import Panel, stat, table, timeseries


def model_panels() -> list[Panel]:
    rows = per_second("predictions_total", "version")
    return [
        stat(
            "Champion's age",
            "Since the released champion was registered.",
            "s",
            age("model_created_timestamp_seconds"),
        ),
        stat(
            "Last training",
            "Since a training run last succeeded, whether it promoted a model or not.",
            "s",
            age("task_finished_timestamp_seconds", 'task="training"', 'outcome="succeeded"'),
        ),
        stat(
            "Last failed training",
            "Since a training run last failed.",
            "s",
            age("task_finished_timestamp_seconds", 'task="training"', 'outcome="failed"'),
        ),
        stat(
            "Servers",
            "Servers with a loaded version.",
            "none",
            f"count(max by (namespace, pod, instance) ({of('model_info')}))",
        ),
        timeseries(
            "Predictions, by version",
            "Rows predicted by each version.",
            "ops",
            (rows, "version {{version}}"),
        ),
        timeseries(
            "Share of predictions, by version",
            "What the release plan comes to.",
            "percentunit",
            (
                f"{rows} / ignoring (version) group_left {per_second('predictions_total')}",
                "version {{version}}",
            ),
            stacked=True,
        ),
        timeseries(
            "p99 latency, by version",
            "From a request's last byte to its answer.",
            "s",
            (quantile(0.99, "prediction_duration_seconds", "le, version"), "version {{version}}"),
        ),
        timeseries(
            "Rows per request, by version",
            "1 for single predictions, more for batches.",
            "none",
            (
                f"{rows} / {per_second('prediction_duration_seconds_count', 'version')}",
                "version {{version}}",
            ),
        ),
        table(
            "Loaded versions",
            "The versions that servers hold now, with the SHA-256 of their ONNX file.",
            f"count by (namespace, version, digest) ({of('model_info')})",
            ("namespace", "version", "digest", "Value"),
        ),
        timeseries(
            "Challenger failures",
            "Requests that the challenger could not answer, and the champion did.",
            "reqps",
            (per_second("challenger_failures_total", "version"), "version {{version}}"),
        ),
        timeseries(
            "Feedback",
            "Ground truth and rewards that clients sent.",
            "ops",
            (per_second("feedback_total"), "messages"),
        ),
        timeseries(
            "Release plan errors",
            "Release plans that could not be followed; the version before stays.",
            "ops",
            (per_second("release_plan_errors_total"), "errors"),
        ),
    ]


def data_panels() -> list[Panel]:
    share, limit = (f"max({of(name)})" for name in ("drift_share", "drift_threshold"))
    return [
        stat(
            "Verdict",
            "Of the newest report.",
            "none",
            # Plus nothing of the share: a NaN stays one, since inconclusive is not 'no drift'.
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
            "Last checked",
            "Since the newest drift report.",
            "s",
            age("drift_checked_timestamp_seconds"),
        ),
        stat(
            "Rows compared",
            "Logged rows in the newest report.",
            "short",
            f"max({of('drift_rows')})",
        ),
        timeseries(
            "Drift share and its limit",
            "Above the limit the model has drifted; a gap is an inconclusive report.",
            "percentunit",
            (share, "share"),
            (limit, "limit"),
        ),
        timeseries(
            "Rows compared over time",
            "Logged rows in the newest report.",
            "short",
            (f"max({of('drift_rows')})", "rows"),
        ),
        timeseries(
            "Age of the features, by view",
            "Since the newest event in the online store.",
            "s",
            (age("feature_freshness_timestamp_seconds", by="view"), "{{view}}"),
        ),
        timeseries(
            "Feature store",
            "Share of the servers that can read the online store.",
            "percentunit",
            (f"avg({of('feature_store_available')})", "can read"),
        ),
        timeseries(
            "Age of the newest runs",
            "Since each task last ended with each outcome.",
            "s",
            (
                age("task_finished_timestamp_seconds", by="task, outcome"),
                "{{task}} {{outcome}}",
            ),
        ),
    ]

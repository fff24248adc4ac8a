"""Metrics of retraining, read from its tables in SQL."""

from homestead.monitoring.prometheus_metric import PrometheusMetric

RUN_STATES = ("starting", "running", "succeeded", "failed")

RETRAINING_METRICS = (
    PrometheusMetric(
        "homestead_retraining_open_causes",
        "gauge",
        "Causes of a training run that wait for one.",
        ("model",),
    ),
    PrometheusMetric(
        "homestead_retraining_oldest_cause_timestamp_seconds",
        "gauge",
        "When the first of the waiting causes was seen, in seconds since 1970; NaN without any.",
        ("model",),
    ),
    PrometheusMetric(
        "homestead_retraining_runs",
        "gauge",
        "Training runs that had a cause, by state (starting, running, succeeded, failed).",
        ("model", "state"),
    ),
    PrometheusMetric(
        "homestead_retraining_ended_timestamp_seconds",
        "gauge",
        "When a training run that had a cause last ended in this state (succeeded, failed), in"
        " seconds since 1970.",
        ("model", "state"),
    ),
    PrometheusMetric(
        "homestead_retraining_decided_timestamp_seconds",
        "gauge",
        "When it was last decided anew to start a training run, to wait, or that none is needed"
        " (start, wait, none), in seconds since 1970.",
        ("model", "action"),
    ),
)

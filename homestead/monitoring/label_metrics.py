"""Metrics of labels, read from their tables in SQL."""

from homestead.monitoring.prometheus_metric import PrometheusMetric

STATES = ("joined", "waiting", "quarantined")

LABEL_METRICS = (
    PrometheusMetric(
        "homestead_labels",
        "gauge",
        "Labels by state: joined and quarantined within the last day, those whose wait has ended"
        " included, and those that wait for their prediction now.",
        ("model", "state"),
    ),
    PrometheusMetric(
        "homestead_label_lag_seconds",
        "gauge",
        "Mean time from a prediction to its label, of labels of the last day; NaN without any.",
        ("model",),
    ),
    PrometheusMetric(
        "homestead_label_timestamp_seconds",
        "gauge",
        "When the newest label of a prediction arrived, in seconds since 1970; NaN without any.",
        ("model",),
    ),
)

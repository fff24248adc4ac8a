"""Metrics of labels, read from their tables in SQL."""

from homestead.monitoring.prometheus_metric import PrometheusMetric

STATES = ("joined", "waiting", "quarantined")

LABEL_METRICS = (
    PrometheusMetric(
        "homestead_labels",
        "gauge",
        "Labels by state: joined and quarantined within the last day, and those that wait for their"
        " prediction now.",
        ("model", "state"),
    ),
    PrometheusMetric(
        "homestead_label_lag_seconds",
        "gauge",
        "Mean time from a prediction to its label, of labels of the last day; NaN without any.",
        ("model",),
    ),
)

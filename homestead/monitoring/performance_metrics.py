"""Metrics of performance reports, read from the newest one in SQL."""

from homestead.monitoring.prometheus_metric import PrometheusMetric

FIGURES = ("promised", "measured", "estimated")
BOUNDS = ("value", "low", "high")
JUDGED = ("measured", "estimated")
VERDICTS = ("harm", "fine", "inconclusive")

PERFORMANCE_METRICS = (
    PrometheusMetric(
        "homestead_performance",
        "gauge",
        "The problem's metric in the newest performance report, by figure (promised, measured on"
        " labels, estimated without them) and bound (value, and low and high of its interval); NaN"
        " without a value.",
        ("model", "figure", "bound"),
    ),
    PrometheusMetric(
        "homestead_performance_verdict",
        "gauge",
        "1 for the verdict of the newest performance report on a figure (measured, estimated):"
        " harm, fine or inconclusive; 0 for the others, NaN without a figure.",
        ("model", "figure", "verdict"),
    ),
    PrometheusMetric(
        "homestead_performance_labelled_rows",
        "gauge",
        "Labelled rows that the newest performance report measured on.",
        ("model",),
    ),
    PrometheusMetric(
        "homestead_performance_checked_timestamp_seconds",
        "gauge",
        "Time of the newest performance report, in seconds since 1970.",
        ("model",),
    ),
)

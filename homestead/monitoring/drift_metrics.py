"""Metrics of the latest drift report, which servers read from SQL."""

from homestead.monitoring.prometheus_metric import PrometheusMetric

_MODEL = ("model",)

DRIFT_METRICS = (
    PrometheusMetric(
        "homestead_drift_share",
        "gauge",
        "Share of the inputs that drifted in the latest report; NaN if it is inconclusive.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_drift_threshold",
        "gauge",
        "Drift share above which the model has drifted.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_drift_rows",
        "gauge",
        "Logged rows that the latest drift report compared.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_drift_checked_timestamp_seconds",
        "gauge",
        "Time of the latest drift report, in seconds since 1970.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_drift_calibrated",
        "gauge",
        "1 if the calibrated tests of the latest drift report found drift, 0 if they did not; NaN"
        " if none were made.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_drift_calibrated_p_value",
        "gauge",
        "Smallest corrected p-value of these tests; NaN if none were made.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_drift_calibrated_level",
        "gauge",
        "Level of this check, to which the p-value is compared; NaN if no tests were made.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_drift_calibrated_columns",
        "gauge",
        "Inputs, predictions and outcomes that these tests found to have drifted; NaN if none were"
        " made.",
        _MODEL,
    ),
)

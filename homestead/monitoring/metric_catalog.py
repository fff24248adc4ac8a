"""The one table of Prometheus metrics: servers expose from it, alerts and dashboards are made
from it, and a name that is not here does not exist."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from homestead.names import LATENCY_BUCKETS_S

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True)
class PrometheusMetric:
    """One metric.

    Attributes:
        name: as Prometheus sees it; counters end in ``_total``, times are in ``_seconds``.
        kind: counter, gauge or histogram.
        help: one sentence.
        labels: names of the labels, in the order in which a server gives their values. The first
            is always ``model``, the problem's name. None may be a name that Prometheus gives a
            target (job, instance, namespace, pod, ...): it would rename ours.
        buckets: upper edges of a histogram in ascending order, without +Inf; else empty.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] = ()

    @property
    def sample_names(self) -> tuple[str, ...]:
        """The names of the time series this metric yields."""
        if self.kind == "histogram":
            return tuple(f"{self.name}_{part}" for part in ("bucket", "sum", "count"))
        return (self.name,)


_MODEL = ("model",)
_VERSION = ("model", "version")

_ROWS = (
    # The service.
    PrometheusMetric("predictions_total", "counter", "Rows predicted.", _VERSION),
    PrometheusMetric(
        "prediction_duration_seconds",
        "histogram",
        "Time from a request's last byte to its answer.",
        _VERSION,
        LATENCY_BUCKETS_S,
    ),
    PrometheusMetric(
        "feature_lookup_duration_seconds",
        "histogram",
        "Time of one read of the online feature store.",
        _MODEL,
        LATENCY_BUCKETS_S,
    ),
    PrometheusMetric(
        "rejected_requests_total",
        "counter",
        "Requests refused because of what they hold.",
        ("model", "reason"),
    ),
    PrometheusMetric(
        "failed_requests_total",
        "counter",
        "Requests that failed for the server's own reasons.",
        ("model", "reason"),
    ),
    PrometheusMetric(
        "feature_store_available",
        "gauge",
        "1 while the online feature store can be read, 0 while it can't.",
        _MODEL,
    ),
    PrometheusMetric(
        "feature_freshness_timestamp_seconds",
        "gauge",
        "Up to which moment a feature view was last filled, in seconds since 1970.",
        ("model", "view"),
    ),
    PrometheusMetric(
        "stale_features_total",
        "counter",
        "Requests that were served values older than the feature view's time to live.",
        ("model", "view"),
    ),
    # The prediction log.
    PrometheusMetric(
        "prediction_log_lag_rows",
        "gauge",
        "Rows in the local spool that have not reached the prediction log.",
        _MODEL,
    ),
    PrometheusMetric(
        "prediction_log_shed_rows_total",
        "counter",
        "Rows answered without a trace in the prediction log, because it could not be written.",
        _MODEL,
    ),
    PrometheusMetric("feedback_total", "counter", "Feedback messages taken in.", _MODEL),
    # The release.
    PrometheusMetric(
        "model_info",
        "gauge",
        "1 for each model version that is loaded.",
        ("model", "version", "digest"),
    ),
    PrometheusMetric(
        "challenger_failures_total",
        "counter",
        "Requests that the challenger could not answer, and the champion did.",
        _VERSION,
    ),
    PrometheusMetric(
        "release_plan_errors_total",
        "counter",
        "Release plans that could not be followed; the one before stays in force.",
        _MODEL,
    ),
    PrometheusMetric(
        "model_created_timestamp_seconds",
        "gauge",
        "When the released champion was registered, in seconds since 1970; NaN when its plan does"
        " not say.",
        _MODEL,
    ),
    # The watch: copied from the tables drift_reports and task_runs, where CronJobs leave what
    # they found.
    PrometheusMetric(
        "drift_share",
        "gauge",
        "Share of the inputs that drifted in the newest report; NaN when it is inconclusive.",
        _MODEL,
    ),
    PrometheusMetric(
        "drift_threshold", "gauge", "Drift share above which the model has drifted.", _MODEL
    ),
    PrometheusMetric(
        "drift_rows", "gauge", "Logged rows the newest drift report looked at.", _MODEL
    ),
    PrometheusMetric(
        "drift_checked_timestamp_seconds",
        "gauge",
        "When the newest drift report was made, in seconds since 1970.",
        _MODEL,
    ),
    PrometheusMetric(
        "task_finished_timestamp_seconds",
        "gauge",
        "When a task (drift, materialization, training) last ended with this outcome (succeeded,"
        " failed), in seconds since 1970.",
        ("model", "task", "outcome"),
    ),
)

PROMETHEUS_METRICS: Mapping[str, PrometheusMetric] = {metric.name: metric for metric in _ROWS}

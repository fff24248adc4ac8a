"""Catalog of all Prometheus metrics.

Servers expose metrics from it, and alerts and dashboards refer to it: a name that is not here does
not exist.
"""

from collections.abc import Mapping

from homestead.monitoring.drift_metrics import DRIFT_METRICS
from homestead.monitoring.label_metrics import LABEL_METRICS
from homestead.monitoring.performance_metrics import PERFORMANCE_METRICS
from homestead.monitoring.prometheus_metric import PrometheusMetric
from homestead.monitoring.release_metrics import RELEASE_METRICS
from homestead.monitoring.retraining_metrics import RETRAINING_METRICS
from homestead.names import LATENCY_BUCKETS_S

PREFIX = "homestead_"
_MODEL = ("model",)
_VERSION = ("model", "version")
_PROCESS = ("model", "process")

_METRICS = (
    # The service.
    PrometheusMetric("homestead_predictions_total", "counter", "Rows predicted.", _VERSION),
    PrometheusMetric(
        "homestead_prediction_duration_seconds",
        "histogram",
        "Time from a request's last byte to its answer.",
        _VERSION,
        LATENCY_BUCKETS_S,
    ),
    PrometheusMetric(
        "homestead_feature_lookup_duration_seconds",
        "histogram",
        "Time of one read of the online feature store.",
        _MODEL,
        LATENCY_BUCKETS_S,
    ),
    PrometheusMetric(
        "homestead_rejected_requests_total",
        "counter",
        "Requests rejected because of their content.",
        ("model", "reason"),
    ),
    PrometheusMetric(
        "homestead_failed_requests_total",
        "counter",
        "Requests that failed for the server's own reasons.",
        ("model", "reason"),
    ),
    PrometheusMetric(
        "homestead_feature_store_available",
        "gauge",
        "1 while the online feature store can be read, 0 while it cannot.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_feature_freshness_timestamp_seconds",
        "gauge",
        "Newest event time of a feature view in the online store, seconds since 1970; 0 if none.",
        ("model", "view"),
    ),
    PrometheusMetric(
        "homestead_stale_features_total",
        "counter",
        "Requests that were served values older than the feature view's time to live.",
        ("model", "view"),
    ),
    PrometheusMetric(
        "homestead_unavailable_features_total",
        "counter",
        "Requests that were answered without a feature view, because the online store could not be"
        " read.",
        ("model", "view"),
    ),
    PrometheusMetric(
        "homestead_http_requests_total",
        "counter",
        "Requests by route and status code; the route is other where the path has none.",
        ("model", "route", "code"),
    ),
    PrometheusMetric(
        "homestead_http_requests_in_flight",
        "gauge",
        "Requests that have arrived and are not answered.",
        _MODEL,
    ),
    # The processes of a server: server and worker, which ships the prediction log.
    PrometheusMetric("process_cpu_seconds_total", "counter", "CPU time used.", _PROCESS),
    PrometheusMetric("process_resident_memory_bytes", "gauge", "Resident memory.", _PROCESS),
    PrometheusMetric("process_virtual_memory_bytes", "gauge", "Virtual memory.", _PROCESS),
    PrometheusMetric("process_open_fds", "gauge", "Open file descriptors.", _PROCESS),
    PrometheusMetric("process_max_fds", "gauge", "Limit of open file descriptors.", _PROCESS),
    PrometheusMetric(
        "process_start_time_seconds",
        "gauge",
        "When the process was started, in seconds since 1970.",
        _PROCESS,
    ),
    # The prediction log.
    PrometheusMetric(
        "homestead_prediction_log_lag_rows",
        "gauge",
        "Rows in the local spool that have not reached the prediction log.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_prediction_log_lag_seconds",
        "gauge",
        "Age of the oldest entry in the local spool that has not reached the prediction log, 0"
        " without one.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_prediction_log_left_out_lines_total",
        "counter",
        "Damaged lines of the local spool, and lines that the database rejected.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_prediction_log_set_aside_segments",
        "gauge",
        "Files of the local spool that are kept because lines of them were left out.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_prediction_log_lost_segments_total",
        "counter",
        "Files of the local spool that somebody deleted before they were shipped.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_prediction_log_shed_rows_total",
        "counter",
        "Rows answered without being logged, because the prediction log could not be written.",
        _MODEL,
    ),
    PrometheusMetric("homestead_feedback_total", "counter", "Feedback messages received.", _MODEL),
    PrometheusMetric(
        "homestead_feedback_messages",
        "gauge",
        "Feedback messages of the last day by verdict: accepted, or why they do not count.",
        ("model", "verdict"),
    ),
    # The release.
    PrometheusMetric(
        "homestead_model_info",
        "gauge",
        "1 for each model version that is loaded.",
        ("model", "version", "digest"),
    ),
    PrometheusMetric(
        "homestead_challenger_failures_total",
        "counter",
        "Requests that the challenger failed to answer and the champion answered.",
        _VERSION,
    ),
    PrometheusMetric(
        "homestead_release_plan_errors_total",
        "counter",
        "Release plans that could not be followed; the previous one stays in force.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_model_created_timestamp_seconds",
        "gauge",
        "When the released champion was registered, in seconds since 1970; NaN when its plan does"
        " not say.",
        _MODEL,
    ),
    *RELEASE_METRICS,
    *PERFORMANCE_METRICS,
    *LABEL_METRICS,
    *RETRAINING_METRICS,
    # Job status: copied from the tables drift_reports and task_runs, which CronJobs write.
    *DRIFT_METRICS,
    PrometheusMetric(
        "homestead_task_finished_timestamp_seconds",
        "gauge",
        "When a task (drift, materialization, performance, release, retraining, training) last"
        " ended with this outcome (succeeded, failed), in seconds since 1970.",
        ("model", "task", "outcome"),
    ),
)

PROMETHEUS_METRICS: Mapping[str, PrometheusMetric] = {metric.name: metric for metric in _METRICS}

# Renamed in version 0.2; the names without the prefix are exposed until version 0.3.
FORMER_NAMES: Mapping[str, str] = {
    PREFIX + name: name
    for name in (
        "predictions_total",
        "prediction_duration_seconds",
        "feature_lookup_duration_seconds",
        "rejected_requests_total",
        "failed_requests_total",
        "feature_store_available",
        "feature_freshness_timestamp_seconds",
        "stale_features_total",
        "unavailable_features_total",
        "prediction_log_lag_rows",
        "prediction_log_shed_rows_total",
        "feedback_total",
        "model_info",
        "challenger_failures_total",
        "release_plan_errors_total",
        "model_created_timestamp_seconds",
        "drift_share",
        "drift_threshold",
        "drift_rows",
        "drift_checked_timestamp_seconds",
        "task_finished_timestamp_seconds",
    )
}

"""Metrics of releases: those of servers, and those of the release controller's records in SQL."""

from homestead.monitoring.prometheus_metric import PrometheusMetric

_MODEL = ("model",)

RELEASE_METRICS = (
    PrometheusMetric(
        "homestead_release_requests_total",
        "counter",
        "Requests assigned to champion or challenger, while there is a challenger.",
        ("model", "role"),
    ),
    PrometheusMetric(
        "homestead_release_pairs_total", "counter", "Requests that both models predicted.", _MODEL
    ),
    PrometheusMetric(
        "homestead_release_failures_total",
        "counter",
        "Requests that one of champion and challenger failed on and the other did not.",
        ("model", "side", "kind"),
    ),
    PrometheusMetric(
        "homestead_release_plan_timestamp_seconds",
        "gauge",
        "When the server put its release plan into effect, in seconds since 1970.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_release_state",
        "gauge",
        "1 for the state of the newest release, 0 for the other states.",
        ("model", "state"),
    ),
    PrometheusMetric(
        "homestead_release_step", "gauge", "Step of the newest release, from 1.", _MODEL
    ),
    PrometheusMetric(
        "homestead_release_traffic_share",
        "gauge",
        "Share of the subjects that the challenger of the newest release answers.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_release_started_timestamp_seconds",
        "gauge",
        "When the release that is under way began, in seconds since 1970; NaN without one.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_release_step_timestamp_seconds",
        "gauge",
        "When its present step began, in seconds since 1970; NaN without one.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_release_deadline_timestamp_seconds",
        "gauge",
        "When it is rolled back if it is not decided, in seconds since 1970; NaN without one.",
        _MODEL,
    ),
    PrometheusMetric(
        "homestead_release_servers",
        "gauge",
        "Servers by the plan that they serve, planned or other, while a release is under way; NaN"
        " without one.",
        ("model", "plan"),
    ),
    PrometheusMetric(
        "homestead_releases",
        "gauge",
        "Releases so far, by end: promoted, rolled_back or superseded.",
        ("model", "end"),
    ),
    PrometheusMetric(
        "homestead_release_ended_timestamp_seconds",
        "gauge",
        "When a release last ended so, in seconds since 1970; NaN if none has.",
        ("model", "end"),
    ),
)

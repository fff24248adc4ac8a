"""Panels for those on call: whether requests are answered, and how fast."""

from homestead.monitoring.burn_rates import availability_burn, latency_burn
from homestead.monitoring.dashboards.on_call_panels import on_call_panels
from homestead.monitoring.dashboards.panels import Panel, heatmap, stat, timeseries
from homestead.monitoring.dashboards.quality_panels import quality_panels
from homestead.monitoring.dashboards.queries import (
    RATE_WINDOW,
    events_per_second,
    max_recorded,
    or_zero,
    quantile,
    selected_series,
)

_QUANTILES = {"median": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
# Outside of a cluster there is no label pod, and the address alone is shown.
_SERVER, _PROCESS = "{{pod}} {{instance}}", "{{pod}} {{instance}} {{process}}"
_BURN_WORDS = "0: no errors, 1: budget lasts 30 days, 14: gone in 2 days"
_BURN_TEXT = (
    "How fast the error budget of 30 days is spent. 0: nothing fails. 1: it lasts exactly 30 days."
    " 6: it is gone in 5 days. 14.4: 2% of it goes in an hour and all of it in 2 days."
)


def service_panels() -> list[Panel]:
    """Return the panels without ids and positions."""
    answered = events_per_second("homestead_prediction_duration_seconds_count")
    buckets = selected_series("homestead_prediction_duration_seconds_bucket")
    open_files = selected_series("process_open_fds")
    max_files = selected_series("process_max_fds")
    memory = selected_series("process_resident_memory_bytes")
    lag_rows = selected_series("homestead_prediction_log_lag_rows")
    lag_s = selected_series("homestead_prediction_log_lag_seconds")
    burns = ((availability_burn, "Availability"), (latency_burn, "Latency"))
    return [
        *on_call_panels(),
        *quality_panels(),
        *(
            stat(
                f"{kind} burn over 1 h",
                f"{_BURN_TEXT} From 14.4 on somebody is paged.",
                "suffix: × budget",
                max_recorded(burn("1h")),
                (1, 14.4),
                no_data="no requests in the last hour",
                width=8,
                runbooks=(f"Homestead{kind}BudgetBurn",),
            )
            for burn, kind in burns
        ),
        stat(
            "Unshipped rows",
            "Predicted rows that have not reached the prediction log's database.",
            "short",
            f"sum({lag_rows})",
            no_data="no server",
            width=8,
            runbooks=("HomesteadPredictionLogBehind",),
        ),
        timeseries(
            "Requests",
            "Answered; rejected for what they hold (4xx); failed for the server's reasons (5xx).",
            "reqps",
            (or_zero(answered), "answered"),
            (or_zero(events_per_second("homestead_rejected_requests_total")), "rejected"),
            (or_zero(events_per_second("homestead_failed_requests_total")), "failed"),
        ),
        timeseries(
            "Latency",
            "From a request's last byte to its answer; answered requests only.",
            "s",
            *(
                (quantile(q, "homestead_prediction_duration_seconds"), name)
                for name, q in _QUANTILES.items()
            ),
            log_scale=True,
        ),
        *(
            timeseries(
                f"{kind} burn rate ({_BURN_WORDS})",
                f"{_BURN_TEXT} Alerts compare a long with a short window: above 14.4 over 1h, 6"
                " over 6h (critical), 3 over 1d, 1 over 3d (warning).",
                "suffix: ×",
                *(
                    (max_recorded(burn(window)), window)
                    for window in ("5m", "1h", "6h", "1d", "3d")
                ),
                thresholds=(1, 6, 14.4),
            )
            for burn, kind in burns
        ),
        timeseries(
            "Rejected, by reason",
            "The client's mistakes.",
            "reqps",
            (events_per_second("homestead_rejected_requests_total", "reason"), "{{reason}}"),
            stacked=True,
        ),
        timeseries(
            "Failed, by reason",
            "log: the prediction log refuses writes. features: the online store is away."
            " internal: a bug, see the server's log.",
            "reqps",
            (events_per_second("homestead_failed_requests_total", "reason"), "{{reason}}"),
            stacked=True,
            runbooks=("HomesteadAvailabilityBudgetBurn", "HomesteadPredictionLogRefused"),
        ),
        heatmap(
            "Latency by bucket",
            "Answers a bucket: shows two humps where a percentile shows neither.",
            "s",
            f"sum by (le) (increase({buckets}[{RATE_WINDOW}]))",
        ),
        timeseries(
            "Feature look-up time",
            "Time of one read of the online store.",
            "s",
            *(
                (quantile(q, "homestead_feature_lookup_duration_seconds"), name)
                for name, q in _QUANTILES.items()
            ),
            log_scale=True,
        ),
        timeseries(
            "Feature look-ups",
            "Reads of the online store, each for all requests that wait; requests that were served"
            " values beyond their view's time to live, or answered without a view.",
            "ops",
            (events_per_second("homestead_feature_lookup_duration_seconds_count"), "reads"),
            (events_per_second("homestead_stale_features_total", "view"), "stale {{view}}"),
            (events_per_second("homestead_unavailable_features_total", "view"), "without {{view}}"),
        ),
        timeseries(
            "Prediction log lag",
            "Predicted rows in each server's spool that have not reached the database.",
            "short",
            (
                f"sum by (pod, instance) ({selected_series('homestead_prediction_log_lag_rows')})",
                _SERVER,
            ),
        ),
        timeseries(
            "Prediction log shed",
            "Rows answered without being logged, where servers are set to that. Look at the disk"
            " under the spool.",
            "suffix: rows/s",
            (events_per_second("homestead_prediction_log_shed_rows_total"), "rows"),
            runbooks=("HomesteadPredictionLogShed",),
        ),
        timeseries(
            "Prediction log age",
            "Age of the oldest entry in each server's spool that has not reached the database.",
            "s",
            (
                f"max by (pod, instance) ({lag_s})",
                _SERVER,
            ),
        ),
        timeseries(
            "Prediction log damage",
            "Lines left out, damaged or rejected by the database; segments kept because of them;"
            " segments deleted before they were shipped.",
            "short",
            *(
                (f"sum({selected_series(f'homestead_prediction_log_{name}')})", title)
                for name, title in (
                    ("left_out_lines_total", "lines left out"),
                    ("set_aside_segments", "segments set aside"),
                    ("lost_segments_total", "segments deleted"),
                )
            ),
            runbooks=("HomesteadPredictionLogDamaged",),
        ),
        timeseries(
            "Requests by route and status code",
            "All that HTTP answered; the route is other where the path has none.",
            "reqps",
            (
                events_per_second("homestead_http_requests_total", "route, code"),
                "{{code}} {{route}}",
            ),
            stacked=True,
        ),
        timeseries(
            "Requests in flight",
            "Requests that have arrived and are not answered, by server.",
            "short",
            (
                f"sum by (pod, instance) ({selected_series('homestead_http_requests_in_flight')})",
                _SERVER,
            ),
        ),
        timeseries(
            "CPU",
            "Cores used by the server, and by the worker, which ships the prediction log. A server"
            " near 1 is at its limit: add replicas.",
            "suffix: cores",
            (
                events_per_second("process_cpu_seconds_total", "pod, instance, process"),
                _PROCESS,
            ),
        ),
        timeseries(
            "Memory",
            "Resident memory of the server, and of the worker.",
            "bytes",
            (f"sum by (pod, instance, process) ({memory})", _PROCESS),
        ),
        timeseries(
            "Open files",
            "Share of the file descriptors, connections among them, that a process may open.",
            "percentunit",
            (f"{open_files} / {max_files}", _PROCESS),
        ),
    ]

"""Panels for those on call: whether requests are answered, and how fast."""

from homestead.monitoring.burn_rates import availability_burn, latency_burn
from homestead.monitoring.dashboards.panels import Panel, heatmap, stat, timeseries
from homestead.monitoring.dashboards.queries import (
    RATE_WINDOW,
    events_per_second,
    max_recorded,
    quantile,
    selected_series,
)

_QUANTILES = (0.5, 0.9, 0.99, 0.999)


def service_panels() -> list[Panel]:
    """Return the panels without ids and positions."""
    answered = events_per_second("homestead_prediction_duration_seconds_count")
    buckets = selected_series("homestead_prediction_duration_seconds_bucket")
    open_files = selected_series("process_open_fds")
    max_files = selected_series("process_max_fds")
    memory = selected_series("process_resident_memory_bytes")
    burns = ((availability_burn, "Availability"), (latency_burn, "Latency"))
    return [
        stat("Answers", "Requests answered with a prediction.", "reqps", answered),
        *(
            stat(
                f"{kind} budget",
                "Burn rate over an hour: 1 spends the budget of 30 days in 30 days.",
                "none",
                max_recorded(burn("1h")),
                (1, 14.4),
            )
            for burn, kind in burns
        ),
        stat(
            "Unshipped rows",
            "Predicted rows that have not reached the prediction log's database.",
            "short",
            f"sum({selected_series('homestead_prediction_log_lag_rows')})",
        ),
        timeseries(
            "Requests",
            "Answered; rejected for what they hold (4xx); failed for the server's reasons (5xx).",
            "reqps",
            (answered, "answered"),
            (events_per_second("homestead_rejected_requests_total"), "rejected"),
            (events_per_second("homestead_failed_requests_total"), "failed"),
        ),
        timeseries(
            "Latency",
            "From a request's last byte to its answer; answered requests only.",
            "s",
            *(
                (quantile(q, "homestead_prediction_duration_seconds"), f"p{q:.4g}")
                for q in _QUANTILES
            ),
            log_scale=True,
        ),
        *(
            timeseries(
                f"{kind} burn rate",
                "Alerts compare a long with a short window: above 14.4 over 1h, 6 over 6h"
                " (critical), 3 over 1d, 1 over 3d (warning).",
                "none",
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
                (quantile(q, "homestead_feature_lookup_duration_seconds"), f"p{q:.4g}")
                for q in _QUANTILES
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
            (f"sum by (pod) ({selected_series('homestead_prediction_log_lag_rows')})", "{{pod}}"),
        ),
        timeseries(
            "Prediction log shed",
            "Rows answered without being logged, where servers are set to that.",
            "ops",
            (events_per_second("homestead_prediction_log_shed_rows_total"), "rows"),
        ),
        timeseries(
            "Prediction log age",
            "Age of the oldest entry in each server's spool that has not reached the database.",
            "s",
            (
                f"max by (pod) ({selected_series('homestead_prediction_log_lag_seconds')})",
                "{{pod}}",
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
                f"sum by (pod) ({selected_series('homestead_http_requests_in_flight')})",
                "{{pod}}",
            ),
        ),
        timeseries(
            "CPU",
            "Cores used by the server, and by the worker, which ships the prediction log.",
            "none",
            (events_per_second("process_cpu_seconds_total", "pod, process"), "{{pod}} {{process}}"),
        ),
        timeseries(
            "Memory",
            "Resident memory of the server, and of the worker.",
            "bytes",
            (f"sum by (pod, process) ({memory})", "{{pod}} {{process}}"),
        ),
        timeseries(
            "Open files",
            "Share of the file descriptors, connections among them, that a process may open.",
            "percentunit",
            (f"{open_files} / {max_files}", "{{pod}} {{process}}"),
        ),
    ]

"""First row, for the person on call: is it up, does it fail, is it slow, what answers."""

from homestead.monitoring.dashboards.panels import Panel, stat
from homestead.monitoring.dashboards.queries import (
    age_s,
    events_per_second,
    or_zero,
    quantile,
    selected_series,
)

_WIDTH = 3


def on_call_panels() -> list[Panel]:
    """Return the panels without ids and positions; they fill one row."""
    loaded = selected_series("homestead_model_info")
    answered = or_zero(events_per_second("homestead_prediction_duration_seconds_count"))
    failed = or_zero(events_per_second("homestead_failed_requests_total"))
    share, limit = (
        f"max({selected_series(name)})"
        for name in ("homestead_drift_share", "homestead_drift_threshold")
    )
    finished = selected_series("homestead_task_finished_timestamp_seconds", 'task="training"')
    return [
        stat(
            "Servers up",
            "Servers with a loaded version. At 0 nobody answers: follow the runbook.",
            "suffix: up",
            or_zero(f"count(max by (namespace, pod, instance) ({loaded}))"),
            value_texts={"0": "DOWN"},
            good_from=1,
            width=_WIDTH,
            runbooks=("HomesteadServerAbsent",),
        ),
        stat(
            "Failed requests",
            "Share of the requests that failed for the server's own reasons. Look at 'Failed, by"
            " reason' below, then at the server's log.",
            "percentunit",
            f"{failed} / ({answered} + {failed})",
            (0.001, 0.01),
            no_data="no requests",
            width=_WIDTH,
            runbooks=("HomesteadAvailabilityBudgetBurn",),
        ),
        *(
            stat(
                f"Latency, {name}",
                f"{meaning} Slow answers: look at the feature store and at the CPU below.",
                "s",
                quantile(q, "homestead_prediction_duration_seconds"),
                no_data="no requests",
                width=_WIDTH,
                runbooks=("HomesteadLatencyBudgetBurn",),
            )
            for name, q, meaning in (
                ("median", 0.5, "Half of the answers took less."),
                ("p99", 0.99, "One answer of a hundred took longer."),
            )
        ),
        stat(
            "Requests",
            "Requests answered with a prediction. 0: no client asks, or none reaches a server.",
            "reqps",
            answered,
            width=_WIDTH,
        ),
        stat(
            "Champion's age",
            "Since the released champion was registered; beside it the loaded versions, of which"
            " the newer one is a challenger during a release.",
            "s",
            f"max by (version) ({loaded}) * on () group_left ()"
            f" ({age_s('homestead_model_created_timestamp_seconds')})",
            no_data="no champion",
            legend="version {{version}}",
            width=_WIDTH,
            runbooks=("HomesteadModelTooOld",),
        ),
        stat(
            "Drift",
            "Verdict of the newest drift report. Drift: read the report before you retrain.",
            "none",
            # The added zero keeps a NaN: an inconclusive report is not 'no drift'.
            f"({share} > bool {limit}) + 0 * {share}",
            (1,),
            {"0": "no drift", "1": "DRIFT", "nan": "too few rows"},
            no_data="never checked",
            width=_WIDTH,
            runbooks=("HomesteadDrift", "HomesteadDriftNotChecked"),
        ),
        stat(
            "Last training",
            "Since the newest training run ended, and how it ended.",
            "s",
            f"time() - topk(1, max by (outcome) ({finished}))",
            no_data="never trained",
            legend="{{outcome}}",
            width=_WIDTH,
            runbooks=("HomesteadTaskFailed",),
        ),
    ]

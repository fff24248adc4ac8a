"""Panels for the owner of the model: versions, their age, traffic and feedback."""

from homestead.monitoring.dashboards.panels import Panel, stat, table, timeseries
from homestead.monitoring.dashboards.queries import (
    age_s,
    events_per_second,
    quantile,
    selected_series,
)
from homestead.monitoring.dashboards.release_panels import release_panels


def model_panels() -> list[Panel]:
    """Return the panels without ids and positions."""
    rows = events_per_second("homestead_predictions_total", "version")
    rows_of_all = events_per_second("homestead_predictions_total")
    requests = events_per_second("homestead_prediction_duration_seconds_count", "version")
    return [
        stat(
            "Champion's age",
            "Since the released champion was registered. Too old (objectives.model_age_days):"
            " train, or look why trainings fail.",
            "s",
            age_s("homestead_model_created_timestamp_seconds"),
            no_data="no champion",
            runbooks=("HomesteadModelTooOld",),
        ),
        stat(
            "Last training",
            "Since a training run last succeeded, whether it promoted a model or not. Older than"
            " its schedule: look whether the schedule is paused.",
            "s",
            age_s(
                "homestead_task_finished_timestamp_seconds",
                'task="training"',
                'outcome="succeeded"',
            ),
            no_data="never succeeded",
            runbooks=("HomesteadModelTooOld",),
        ),
        stat(
            "Last failed training",
            "Since a training run last failed. Younger than the last training: read that run's"
            " log.",
            "s",
            age_s(
                "homestead_task_finished_timestamp_seconds", 'task="training"', 'outcome="failed"'
            ),
            no_data="never failed",
            runbooks=("HomesteadTaskFailed",),
        ),
        stat(
            "Servers",
            "Servers with a loaded version. Fewer than replicas: look at the pods that are not"
            " ready.",
            "suffix: up",
            f"count(max by (namespace, pod, instance) ({selected_series('homestead_model_info')}))",
            no_data="none up",
            runbooks=("HomesteadServerAbsent",),
        ),
        timeseries(
            "Predictions, by version",
            "Rows predicted by each version. One that should answer and does not: compare its share"
            " with the release plan's.",
            "suffix: rows/s",
            (rows, "version {{version}}"),
        ),
        timeseries(
            "Share of predictions, by version",
            "What the release plan comes to. Far from its traffic_share: subjects ask unevenly"
            " often, or servers follow different plans.",
            "percentunit",
            (
                f"{rows} / ignoring (version) group_left {rows_of_all}",
                "version {{version}}",
            ),
            stacked=True,
            runbooks=("HomesteadReleaseServersDiffer",),
        ),
        timeseries(
            "p99 latency, by version",
            "From a request's last byte to its answer. Only one version is slow: its model is"
            " larger; give the pods more CPU, or release the one before.",
            "s",
            (
                quantile(0.99, "homestead_prediction_duration_seconds", "le, version"),
                "version {{version}}",
            ),
            runbooks=("HomesteadLatencyBudgetBurn",),
        ),
        timeseries(
            "Rows per request, by version",
            "1 for single predictions, more for batches, which take longer: ask for smaller ones,"
            " or give batches a deployment of their own.",
            "suffix: rows",
            (
                f"{rows} / {requests}",
                "version {{version}}",
            ),
            runbooks=("HomesteadLatencyBudgetBurn",),
        ),
        table(
            "Loaded versions",
            "The versions that servers hold now, with the SHA-256 of their ONNX file and the number"
            " of servers. Compare the digest with the one in the registry and on the model card.",
            f"count by (namespace, version, digest) ({selected_series('homestead_model_info')})",
            ("namespace", "version", "digest", "Value"),
            runbooks=("HomesteadReleasePlanErrors",),
        ),
        timeseries(
            "Challenger failures",
            "Requests that the challenger could not answer, and the champion did. The log names"
            " what could not be computed; roll the release back if it is the model's fault.",
            "reqps",
            (
                events_per_second("homestead_challenger_failures_total", "version"),
                "version {{version}}",
            ),
            runbooks=("HomesteadChallengerFails",),
        ),
        timeseries(
            "Feedback",
            "Ground truth and rewards that clients sent. None although clients send it: they get"
            " 401 or 429; look at 'Requests by route and status code' on the service dashboard.",
            "suffix: messages/s",
            (events_per_second("homestead_feedback_total"), "messages"),
        ),
        timeseries(
            "Feedback, by verdict",
            "Messages of the last day: accepted, or why they do not count. unknown_prediction and"
            " contradiction: a client mixes up ids or truths.",
            "short",
            (
                f"max by (verdict) ({selected_series('homestead_feedback_messages')})",
                "{{verdict}}",
            ),
            runbooks=("HomesteadFeedbackWrong",),
        ),
        *release_panels(),
        timeseries(
            "Release plan errors",
            "Release plans that could not be followed; the version before stays. The server's log"
            " says what is wrong with the plan, a model file or its certificate.",
            "suffix: errors/s",
            (events_per_second("homestead_release_plan_errors_total"), "errors"),
            runbooks=("HomesteadReleasePlanErrors",),
        ),
    ]

"""Panels for the owner of the model: versions, their age, traffic and feedback."""

from homestead.monitoring.dashboards.panels import Panel, stat, table, timeseries
from homestead.monitoring.dashboards.queries import (
    age_s,
    events_per_second,
    quantile,
    selected_series,
)


def model_panels() -> list[Panel]:
    """Return the panels without ids and positions."""
    rows = events_per_second("homestead_predictions_total", "version")
    rows_of_all = events_per_second("homestead_predictions_total")
    requests = events_per_second("homestead_prediction_duration_seconds_count", "version")
    return [
        stat(
            "Champion's age",
            "Since the released champion was registered.",
            "s",
            age_s("homestead_model_created_timestamp_seconds"),
        ),
        stat(
            "Last training",
            "Since a training run last succeeded, whether it promoted a model or not.",
            "s",
            age_s(
                "homestead_task_finished_timestamp_seconds",
                'task="training"',
                'outcome="succeeded"',
            ),
        ),
        stat(
            "Last failed training",
            "Since a training run last failed.",
            "s",
            age_s(
                "homestead_task_finished_timestamp_seconds", 'task="training"', 'outcome="failed"'
            ),
        ),
        stat(
            "Servers",
            "Servers with a loaded version.",
            "none",
            f"count(max by (namespace, pod, instance) ({selected_series('homestead_model_info')}))",
        ),
        timeseries(
            "Predictions, by version",
            "Rows predicted by each version.",
            "ops",
            (rows, "version {{version}}"),
        ),
        timeseries(
            "Share of predictions, by version",
            "What the release plan comes to.",
            "percentunit",
            (
                f"{rows} / ignoring (version) group_left {rows_of_all}",
                "version {{version}}",
            ),
            stacked=True,
        ),
        timeseries(
            "p99 latency, by version",
            "From a request's last byte to its answer.",
            "s",
            (
                quantile(0.99, "homestead_prediction_duration_seconds", "le, version"),
                "version {{version}}",
            ),
        ),
        timeseries(
            "Rows per request, by version",
            "1 for single predictions, more for batches.",
            "none",
            (
                f"{rows} / {requests}",
                "version {{version}}",
            ),
        ),
        table(
            "Loaded versions",
            "The versions that servers hold now, with the SHA-256 of their ONNX file.",
            f"count by (namespace, version, digest) ({selected_series('homestead_model_info')})",
            ("namespace", "version", "digest", "Value"),
        ),
        timeseries(
            "Challenger failures",
            "Requests that the challenger could not answer, and the champion did.",
            "reqps",
            (
                events_per_second("homestead_challenger_failures_total", "version"),
                "version {{version}}",
            ),
        ),
        timeseries(
            "Feedback",
            "Ground truth and rewards that clients sent.",
            "ops",
            (events_per_second("homestead_feedback_total"), "messages"),
        ),
        timeseries(
            "Feedback, by verdict",
            "Messages of the last day: accepted, or why they do not count.",
            "short",
            (
                f"max by (verdict) ({selected_series('homestead_feedback_messages')})",
                "{{verdict}}",
            ),
        ),
        *_release_panels(),
        timeseries(
            "Release plan errors",
            "Release plans that could not be followed; the version before stays.",
            "ops",
            (events_per_second("homestead_release_plan_errors_total"), "errors"),
        ),
    ]


def _release_panels() -> list[Panel]:
    """Return the row of the release in steps."""
    return [
        table(
            "Release",
            "State of the newest release.",
            f"max by (namespace, state) ({selected_series('homestead_release_state')}) == 1",
            ("namespace", "state"),
        ),
        timeseries(
            "Challenger's share in the release",
            "Share of the subjects that its plan gives to the challenger.",
            "percentunit",
            (f"max({selected_series('homestead_release_traffic_share')})", "share"),
        ),
        timeseries(
            "Requests of the release",
            "Requests assigned to champion or challenger, and those that both predicted.",
            "reqps",
            (events_per_second("homestead_release_requests_total", "role"), "{{role}}"),
            (events_per_second("homestead_release_pairs_total"), "both"),
        ),
        timeseries(
            "One-sided failures",
            "Requests that one of the two models failed on and the other did not.",
            "reqps",
            (
                events_per_second("homestead_release_failures_total", "side, kind"),
                "{{side}}: {{kind}}",
            ),
        ),
        stat(
            "Plan in effect for",
            "Since the last server put the release plan into effect.",
            "s",
            age_s("homestead_release_plan_timestamp_seconds"),
        ),
        stat(
            "Release step",
            "Step of the newest release, from 1.",
            "none",
            f"max({selected_series('homestead_release_step')})",
        ),
        stat(
            "Release under way for",
            "Since its start; unknown without one.",
            "s",
            age_s("homestead_release_started_timestamp_seconds"),
        ),
        stat(
            "Present step for",
            "Since its present step began; unknown without a release.",
            "s",
            age_s("homestead_release_step_timestamp_seconds"),
        ),
        stat(
            "Release controller",
            "Since it last succeeded.",
            "s",
            age_s(
                "homestead_task_finished_timestamp_seconds", 'task="release"', 'outcome="succeeded"'
            ),
        ),
        timeseries(
            "Servers in a release",
            "Servers that have the release's plan in effect, and others.",
            "short",
            (f"max by (plan) ({selected_series('homestead_release_servers')})", "{{plan}}"),
        ),
        timeseries(
            "Releases, by end",
            "Promoted, rolled back, or superseded by another.",
            "short",
            (f"max by (end) ({selected_series('homestead_releases')})", "{{end}}"),
        ),
    ]

"""Alerts of the scheduled jobs and of the model's age."""

from collections.abc import Iterator

from homestead.monitoring.alerts.alert import MODEL, VALUE_AS_DURATION, Alert
from homestead.monitoring.promql import DEPLOYMENT, max_by, series
from homestead.problem.schema import Problem

_SECONDS_PER_HOUR, _SECONDS_PER_DAY = 3600, 86400


def job_alerts(problem: Problem) -> Iterator[Alert]:
    """Yield the alerts of missing drift checks, failed jobs and an old model."""
    model, goals = f'model="{problem.name}"', problem.objectives
    created = series("homestead_model_created_timestamp_seconds", model)
    checked = max_by(series("homestead_drift_checked_timestamp_seconds", model))
    max_check_age_s = goals.drift_age_hours * _SECONDS_PER_HOUR
    yield Alert(
        "HomesteadDriftNotChecked",
        "warning",
        # The age of a model that was never checked counts from its registration.
        f"time() - ({checked} or {max_by(created)}) > {max_check_age_s:.10g}",
        f"The drift of {MODEL} is not being checked.",
        f"The latest drift report, or the model if there is none, is {VALUE_AS_DURATION} old;"
        f" allowed are {goals.drift_age_hours:g} hours.",
        "15m",
    )
    failed, succeeded = (
        max_by(
            series("homestead_task_finished_timestamp_seconds", model, f'outcome="{outcome}"'),
            f"{DEPLOYMENT}, task",
        )
        for outcome in ("failed", "succeeded")
    )
    yield Alert(
        "HomesteadTaskFailed",
        "warning",
        f"{failed} unless {succeeded} >= {failed}",
        f"The latest {{{{ $labels.task }}}} run of {MODEL} failed.",
        "It failed at {{ $value | humanizeTimestamp }}, and none has succeeded since.",
    )
    trained = series(
        "homestead_task_finished_timestamp_seconds", model, 'task="training"', 'outcome="succeeded"'
    )
    max_model_age_s = goals.model_age_days * _SECONDS_PER_DAY
    yield Alert(
        "HomesteadModelTooOld",
        "warning",
        f"time() - {max_by(f'{created} or {trained}')} > {max_model_age_s:.10g}",
        f"The champion of {MODEL} is too old.",
        f"It was registered, or last confirmed by a training run, {VALUE_AS_DURATION} ago;"
        f" allowed are {goals.model_age_days:g} days.",
        "15m",
    )

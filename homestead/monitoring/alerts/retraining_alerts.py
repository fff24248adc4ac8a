"""Alerts of retraining: a run that failed, and a cause that nobody decides on."""

from collections.abc import Iterator

from homestead.monitoring.alerts.alert import MODEL, VALUE_AS_DURATION, Alert
from homestead.monitoring.promql import max_by, series
from homestead.problem.schema import Problem

# A check that trains in its own pod holds up the next ones, for an hour at most.
MAX_CHECK_AGE_S = 7200


def retraining_alerts(problem: Problem) -> Iterator[Alert]:
    """Yield the alerts of training runs that had a cause, and of causes without a decision."""
    model = f'model="{problem.name}"'
    failed, succeeded = (
        max_by(series("homestead_retraining_ended_timestamp_seconds", model, f'state="{state}"'))
        for state in ("failed", "succeeded")
    )
    yield Alert(
        "HomesteadRetrainingFailed",
        "warning",
        f"{failed} unless {succeeded} >= {failed}",
        f"The latest training run of {MODEL} that had a cause failed.",
        "It failed at {{ $value | humanizeTimestamp }}, and none has succeeded since.",
    )
    waiting = max_by(series("homestead_retraining_open_causes", model))
    seen = series("homestead_retraining_oldest_cause_timestamp_seconds", model)
    checked = series(
        "homestead_task_finished_timestamp_seconds",
        model,
        'task="retraining"',
        'outcome="succeeded"',
    )
    yield Alert(
        "HomesteadRetrainingNotChecked",
        "warning",
        f"time() - {max_by(f'{seen} or {checked}')} > {MAX_CHECK_AGE_S} and {waiting} > 0",
        f"Nobody decides whether {MODEL} is trained again.",
        f"Something asks for a training run, and no check has succeeded for {VALUE_AS_DURATION};"
        f" allowed are {MAX_CHECK_AGE_S // 3600} hours.",
        "5m",
    )

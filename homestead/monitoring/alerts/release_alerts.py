"""Alerts of releases in steps: undecided for long, without a controller, rolled back."""

from collections.abc import Iterator

from homestead.monitoring.alerts.alert import MODEL, VALUE_AS_DURATION, Alert
from homestead.monitoring.promql import max_by, series
from homestead.problem.schema import Problem

# The controller looks every minute.
MAX_CONTROLLER_AGE_S = 600
ROLLED_BACK_FOR_S = 86_400
UNDECIDED_SHARE = 0.5


def release_alerts(problem: Problem) -> Iterator[Alert]:
    """Yield the alerts of releases that take several steps."""
    model = f'model="{problem.name}"'
    started = max_by(series("homestead_release_started_timestamp_seconds", model))
    deadline = max_by(series("homestead_release_deadline_timestamp_seconds", model))
    yield Alert(
        "HomesteadReleaseUndecided",
        "warning",
        f"(time() - {started}) / ({deadline} - {started}) > {UNDECIDED_SHARE:g}",
        f"The release of {MODEL} has been undecided for long.",
        "{{ $value | humanizePercentage }} of its time is over; at the end it is rolled back."
        f" The time is max_hours of the problem file, now {problem.release.max_hours:g} hours.",
        "15m",
    )
    finished = max_by(
        series(
            "homestead_task_finished_timestamp_seconds",
            model,
            'task="release"',
            'outcome="succeeded"',
        )
    )
    yield Alert(
        "HomesteadReleaseControllerAbsent",
        "warning",
        # A release without any run of the controller counts from its start.
        f"time() - ({finished} or {started}) > {MAX_CONTROLLER_AGE_S} and {started} > 0",
        f"Nobody advances the release of {MODEL}.",
        f"A release is under way, and the controller last succeeded {VALUE_AS_DURATION} ago: a"
        " challenger that is worse would not be taken back.",
        "5m",
    )
    others = max_by(series("homestead_release_servers", model, 'plan="other"'))
    yield Alert(
        "HomesteadReleaseServersDiffer",
        "warning",
        f"{others} > 0",
        f"Servers of {MODEL} do not follow the release under way.",
        '{{ $value | printf "%.0f" }} servers have had another plan in effect for 5 minutes: the'
        " challenger's share of the traffic is not what the release says.",
        "5m",
    )
    ended = max_by(series("homestead_release_ended_timestamp_seconds", model, 'end="rolled_back"'))
    yield Alert(
        "HomesteadReleaseRolledBack",
        "warning",
        f"time() - {ended} < {ROLLED_BACK_FOR_S}",
        f"A release of {MODEL} was rolled back.",
        f"It ended {VALUE_AS_DURATION} ago; the champion answers all requests. The release's report"
        " says why.",
    )

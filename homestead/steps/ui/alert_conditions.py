"""Conditions of the alerts for which the database has the figures, as Prometheus evaluates them.

Limits, severities and how long a condition must hold are those of the alert rules.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from homestead.database.drift_reports import DriftReportRow
from homestead.monitoring.alerts.alert import MODEL, Alert
from homestead.monitoring.alerts.all_alerts import problem_alerts
from homestead.monitoring.alerts.feedback_alerts import (
    MAX_WRONG_SHARE,
    MIN_FEEDBACK_MESSAGES,
    WRONG_VERDICTS,
)
from homestead.monitoring.alerts.release_alerts import (
    MAX_CONTROLLER_AGE_S,
    ROLLED_BACK_FOR_S,
    UNDECIDED_SHARE,
)
from homestead.monitoring.alerts.retraining_alerts import MAX_CHECK_AGE_S
from homestead.monitoring.promql import duration_s
from homestead.problem.schema import Problem
from homestead.problem.sections.policies import Objectives
from homestead.release.record import ReleaseRecord
from homestead.retraining.status import RetrainingStatus
from homestead.ui.formats import ago, moment, percent
from homestead.ui.views.watching import AlertView

_SECONDS_PER_HOUR, _SECONDS_PER_DAY = 3600, 86_400
_TASK = "{{ $labels.task }}"
_ORDER = {"firing": 0, "pending": 1, "quiet": 2}


@dataclass(frozen=True)
class AlertFigures:
    """What the conditions rest on; times in seconds since 1970.

    Attributes:
        inconclusive_since: first of the newest drift reports that are all inconclusive.
        job_ends: when each job last ended with each outcome, by (job, outcome).
        champion_created: None before the first release.
        release: the one that the plan follows.
        other_plans_since: when the first server that follows another plan than the release's
            took its plan; None if none does.
        rolled_back_at: when a release was last rolled back.
        feedback: messages of the last day by verdict.
        retraining: causes that wait, and the newest runs.
    """

    drift: DriftReportRow | None = None
    inconclusive_since: float | None = None
    job_ends: Mapping[tuple[str, str], float] = field(default_factory=dict)
    champion_created: float | None = None
    release: ReleaseRecord | None = None
    other_plans_since: float | None = None
    rolled_back_at: float | None = None
    feedback: Mapping[str, int] = field(default_factory=dict)
    retraining: RetrainingStatus | None = None


@dataclass(frozen=True)
class Condition:
    """Whether an alert's condition holds, and since when.

    Attributes:
        holds_since: seconds since 1970; None while it does not hold.
        text: figures and limit.
        task: the job that it is about, for an alert of one.
    """

    alert: str
    holds_since: float | None
    text: str
    task: str = ""


def evaluate_alerts(
    problem: Problem, figures: AlertFigures, now: float
) -> tuple[list[AlertView], list[str]]:
    """Return the alerts of a problem that the figures tell of, and the names of the others.

    Args:
        now: seconds since 1970.
    """
    # Of alerts for several things, such as windows, the first rule.
    rules = {rule.name: rule for rule in reversed(problem_alerts(problem))}
    told = list(conditions(figures, problem.objectives, now))
    views = [_view(rules[condition.alert], condition, problem.name, now) for condition in told]
    unknown = sorted(rules.keys() - {condition.alert for condition in told})
    return sorted(views, key=lambda view: _ORDER[view.state]), unknown


def conditions(figures: AlertFigures, objectives: Objectives, now: float) -> Iterator[Condition]:
    """Yield the conditions that the figures tell of, whether or not they hold."""
    yield from _drift(figures, objectives, now)
    yield from _failed_jobs(figures)
    yield from _model_age(figures, objectives, now)
    yield from _release(figures, now)
    yield _feedback(figures)
    if figures.retraining is not None:
        yield from _retraining(figures.retraining, figures.job_ends, now)


def _feedback(figures: AlertFigures) -> Condition:
    total = sum(figures.feedback.values())
    wrong = sum(figures.feedback.get(verdict, 0) for verdict in WRONG_VERDICTS)
    is_wrong = wrong >= MIN_FEEDBACK_MESSAGES and wrong / total > MAX_WRONG_SHARE
    return Condition(
        "HomesteadFeedbackWrong",
        # Since when is not known: the window moves.
        0.0 if is_wrong else None,
        f"{wrong} of {total} messages of the last day do not count; allowed are"
        f" {percent(MAX_WRONG_SHARE, 0)}, from {MIN_FEEDBACK_MESSAGES} on.",
    )


def _retraining(
    status: RetrainingStatus, job_ends: Mapping[tuple[str, str], float], now: float
) -> Iterator[Condition]:
    ended = next((run for run in status.runs if run.has_ended), None)
    yield Condition(
        "HomesteadRetrainingFailed",
        ended.ended_at if ended is not None and ended.state == "failed" else None,
        "No run has ended." if ended is None else f"Run {ended.number} {ended.state}.",
    )
    waiting = len(status.open_causes)
    seen = min((cause.seen_at for cause in status.open_causes), default=None)
    looked = job_ends.get(("retraining", "succeeded"))
    yield Condition(
        "HomesteadRetrainingNotChecked",
        None if seen is None else _since(max(seen, looked or 0.0), MAX_CHECK_AGE_S, now),
        f"{waiting} causes wait; last checked {'never' if looked is None else ago(looked, now)}.",
    )


def _drift(figures: AlertFigures, objectives: Objectives, now: float) -> Iterator[Condition]:
    report = figures.drift
    share = None if report is None else report.share
    yield Condition(
        "HomesteadDrift",
        report.at if report and share is not None and share > report.threshold else None,
        "Not checked yet."
        if report is None
        else f"{percent(share)} of the inputs drifted in the report of {moment(report.at)};"
        f" allowed are {percent(report.threshold)}.",
    )
    yield Condition(
        "HomesteadDriftInconclusive",
        figures.inconclusive_since,
        "The newest report has a verdict."
        if figures.inconclusive_since is None
        else f"No verdict since {moment(figures.inconclusive_since)}: too few rows.",
    )
    checked = figures.champion_created if report is None else report.at
    limit_s = objectives.drift_age_hours * _SECONDS_PER_HOUR
    yield Condition(
        "HomesteadDriftNotChecked",
        _since(checked, limit_s, now),
        f"Last checked {'never' if report is None else ago(report.at, now)}; allowed are"
        f" {objectives.drift_age_hours:g} hours.",
    )


def _failed_jobs(figures: AlertFigures) -> Iterator[Condition]:
    ends = figures.job_ends
    failed = {
        job: at
        for (job, outcome), at in ends.items()
        if outcome == "failed" and at > ends.get((job, "succeeded"), 0.0)
    }
    for job, at in sorted(failed.items()):
        text = f"It failed at {moment(at)}, and none has succeeded since."
        yield Condition("HomesteadTaskFailed", at, text, job)
    if not failed:
        yield Condition("HomesteadTaskFailed", None, "The newest run of each job succeeded.")


def _model_age(figures: AlertFigures, objectives: Objectives, now: float) -> Iterator[Condition]:
    created = figures.champion_created
    confirmed = None
    if created is not None:
        confirmed = max(created, figures.job_ends.get(("training", "succeeded"), 0.0))
    yield Condition(
        "HomesteadModelTooOld",
        _since(confirmed, objectives.model_age_days * _SECONDS_PER_DAY, now),
        f"Registered, or last confirmed by a training, {ago(confirmed, now)}; allowed are"
        f" {objectives.model_age_days:g} days.",
    )


def _release(figures: AlertFigures, now: float) -> Iterator[Condition]:
    record = figures.release
    under_way = record is not None and not record.has_ended
    half = None
    if record is not None and under_way:
        half = record.started_at + UNDECIDED_SHARE * (record.deadline - record.started_at)
    yield Condition(
        "HomesteadReleaseUndecided",
        half if half is not None and now > half else None,
        "No release is under way."
        if record is None or not under_way
        else f"Release {record.id} ends undecided {ago(record.deadline, now)}.",
    )
    looked = figures.job_ends.get(("release", "succeeded"))
    last = looked if looked is not None or record is None else record.started_at
    yield Condition(
        "HomesteadReleaseControllerAbsent",
        _since(last, MAX_CONTROLLER_AGE_S, now) if under_way else None,
        f"The controller last succeeded {'never' if looked is None else ago(looked, now)}."
        if under_way
        else "No release is under way.",
    )
    yield Condition(
        "HomesteadReleaseServersDiffer",
        figures.other_plans_since if under_way else None,
        "Servers have another plan in effect."
        if under_way and figures.other_plans_since is not None
        else "All servers follow the plan, or no release is under way.",
    )
    back = figures.rolled_back_at
    yield Condition(
        "HomesteadReleaseRolledBack",
        back if back is not None and now - back < ROLLED_BACK_FOR_S else None,
        "None was rolled back." if back is None else f"One was rolled back {ago(back, now)}.",
    )


def _since(at: float | None, limit_s: float, now: float) -> float | None:
    """Return since when something is older than a limit; None if it is not, or unknown."""
    return at + limit_s if at is not None and now > at + limit_s else None


def _view(rule: Alert, condition: Condition, problem: str, now: float) -> AlertView:
    since = condition.holds_since
    summary = rule.summary.replace(MODEL, problem).replace(_TASK, condition.task)
    if since is None:
        return AlertView(rule.name, rule.severity, "quiet", condition.text)
    is_firing = now - since >= duration_s(rule.hold)
    text = f"{summary} {condition.text}"
    return AlertView(
        rule.name, rule.severity, "firing" if is_firing else "pending", text, since or None
    )

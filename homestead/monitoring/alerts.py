"""The alerts. Each has a page of the same name in docs/runbooks/."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from homestead.monitoring.promql import DEPLOYMENT, max_by, rate, series, sum_by
from homestead.monitoring.rules import availability_burn, latency_burn
from homestead.problem.schema import Problem

# Where the runbooks are read: put the project's address in front to make them links.
RUNBOOKS = "docs/runbooks"
# Burn rate, long and short window, severity: the budget of 30 days is gone in 2, 5, 10 and 30 days.
_BURNS: tuple[tuple[float, str, str, "Severity"], ...] = (
    (14.4, "1h", "5m", "critical"),
    (6, "6h", "30m", "critical"),
    (3, "1d", "2h", "warning"),
    (1, "3d", "6h", "warning"),
)
Severity = Literal["critical", "warning"]
_HOUR, _DAY = 3600, 86400
_AGE = "{{ $value | humanizeDuration }}"
_MODEL = "{{ $labels.model }}"


@dataclass(frozen=True)
class Alert:
    """One alert.

    Attributes:
        severity: critical wakes somebody (the Workbook's page); warning is for the next working
            day (its ticket).
        wait: how long the expression must hold, as a Prometheus duration.
        labels: more labels, beside the severity.
    """

    name: str
    severity: Severity
    expression: str
    summary: str
    description: str
    wait: str = "0m"
    labels: dict[str, str] = field(default_factory=dict)

    def rule(self) -> dict[str, Any]:
        """The alert as a rule file has it."""
        return {
            "alert": self.name,
            "expr": self.expression,
            **({} if self.wait == "0m" else {"for": self.wait}),
            "labels": {"severity": self.severity, **self.labels},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook_url": f"{RUNBOOKS}/{self.name}.md",
            },
        }


def alerts(problem: Problem) -> list[Alert]:
    """Every alert of a problem."""
    return [*_budgets(problem), *_service(problem), *_inputs(problem), *_tasks(problem)]


def _budgets(problem: Problem) -> Iterator[Alert]:
    goals = problem.objectives
    promises: dict[str, tuple[Callable[[str], str], str]] = {
        "Availability": (availability_burn, f"{_percent(goals.availability)} answered"),
        "Latency": (
            latency_burn,
            f"{_percent(goals.latency_share)} answered within {goals.latency_ms:g} ms",
        ),
    }
    for kind, (burn, promise) in promises.items():
        for factor, long, short, severity in _BURNS:
            spent = [f'{burn(w)}{{model="{problem.name}"}} > {factor:g}' for w in (long, short)]
            yield Alert(
                f"Homestead{kind}BudgetBurn",
                severity,
                " and ".join(spent),
                f"{_MODEL} spends its {kind.lower()} budget too fast.",
                f'Over {long} it was spent {{{{ $value | printf "%.1f" }}}} times as fast as lasts'
                f" for 30 days (limit {factor:g}), and over {short} too. The objective: {promise}.",
                labels={"long_window": long, "short_window": short},
            )


def _percent(share: float) -> str:
    return f"{share * 100:.10g}%"


def _service(problem: Problem) -> Iterator[Alert]:
    model = f'model="{problem.name}"'
    yield Alert(
        "HomesteadServerAbsent",
        "critical",
        f"absent({series('model_info', model)})",
        f"No server answers for {_MODEL}.",
        f"For 5 minutes no server with a loaded version of {_MODEL} has been scraped.",
        "5m",
    )
    refused = rate(series("failed_requests_total", model, 'reason="log"'), "5m")
    yield Alert(
        "HomesteadPredictionLogRefused",
        "critical",
        f"{sum_by(refused)} > 0",
        f"The prediction log of {_MODEL} refuses writes.",
        'What can\'t be logged is not answered: {{ $value | printf "%.2f" }} requests a second get'
        " 503. Usually the spool's disk is full.",
        "2m",
    )
    shed = rate(series("prediction_log_shed_rows_total", model), "5m")
    yield Alert(
        "HomesteadPredictionLogShed",
        "warning",
        f"{sum_by(shed)} > 0",
        f"Predictions of {_MODEL} are answered without being logged.",
        'The log can\'t be written and the servers are set to shed: {{ $value | printf "%.2f" }}'
        " rows a second leave no trace.",
        "2m",
    )
    lag = sum_by(series("prediction_log_lag_rows", model))
    predicted = sum_by(rate(series("predictions_total", model), "5m"))
    yield Alert(
        "HomesteadPredictionLogBehind",
        "warning",
        # Rows at rest count too: with no traffic any row that stays behind is too many.
        f"{lag} > 300 * {predicted}",
        f"The prediction log of {_MODEL} is behind.",
        '{{ $value | printf "%.0f" }} predicted rows, those of more than 5 minutes, lie in the'
        " servers' spools and have not reached the database.",
        "10m",
    )
    errors = f"increase({series('release_plan_errors_total', model)}[5m])"
    yield Alert(
        "HomesteadReleasePlanErrors",
        "warning",
        f"{sum_by(errors)} > 0",
        f"The release plan of {_MODEL} can't be followed.",
        'The servers tried {{ $value | printf "%.0f" }} times in 5 minutes; they go on with the'
        " version they have.",
        "1m",
    )

    failures = rate(series("challenger_failures_total", model), "5m")
    by = f"{DEPLOYMENT}, version"
    yield Alert(
        "HomesteadChallengerFails",
        "warning",
        f"{sum_by(failures, by)} > 0",
        f"The challenger of {_MODEL} fails.",
        'Version {{ $labels.version }} could not answer {{ $value | printf "%.2f" }} requests a'
        " second; the champion did.",
        "5m",
    )


def _inputs(problem: Problem) -> Iterator[Alert]:
    model = f'model="{problem.name}"'
    if problem.views:  # without any, no server opens a store
        available = f"min by ({DEPLOYMENT}) ({series('feature_store_available', model)})"
        yield Alert(
            "HomesteadFeatureStoreAway",
            "warning",
            f"{available} == 0",
            f"The online feature store of {_MODEL} can't be read.",
            "At least one server has not been able to read it for 2 minutes: there, requests by key"
            " get 503, and those with all features are answered.",
            "2m",
        )
    for name, view in problem.views.items():
        days = problem.objectives.feature_age_days or view.ttl_days
        fresh = series("feature_freshness_timestamp_seconds", model, f'view="{name}"')
        yield Alert(
            "HomesteadFeaturesStale",
            "warning",
            f"time() - {max_by(fresh, f'{DEPLOYMENT}, view')} > {days * _DAY:.10g}",
            f"Features of {_MODEL} are stale.",
            f"The newest value of view {name} in the online store is {_AGE} old, allowed are"
            f" {days:g} days.",
            "15m",
            {"view": name},
        )
    share = max_by(series("drift_share", model))
    yield Alert(
        "HomesteadDrift",
        "warning",
        f"{share} > {max_by(series('drift_threshold', model))}",
        f"What {_MODEL} is asked no longer looks like what it learnt from.",
        "{{ $value | humanizePercentage }} of the model's inputs drifted in the newest report,"
        f" allowed are {_percent(problem.drift.max_drift_share)}.",
    )
    yield Alert(
        "HomesteadDriftInconclusive",
        "warning",
        # An inconclusive share is NaN, which is not above zero either.
        f"{max_by(series('drift_rows', model))} unless {share} >= 0",
        f"Whether {_MODEL} drifts has been unknown for 3 days.",
        'The newest report saw {{ $value | printf "%.0f" }} logged rows, too few to tell'
        f" (needed are {problem.drift.min_rows}).",
        "3d",
    )


def _tasks(problem: Problem) -> Iterator[Alert]:
    model, goals = f'model="{problem.name}"', problem.objectives
    created = series("model_created_timestamp_seconds", model)
    checked = max_by(series("drift_checked_timestamp_seconds", model))
    yield Alert(
        "HomesteadDriftNotChecked",
        "warning",
        # A model that was never checked counts from its beginning.
        f"time() - ({checked} or {max_by(created)}) > {goals.drift_age_hours * _HOUR:.10g}",
        f"The drift of {_MODEL} is not checked.",
        f"The newest drift report, or without one the model, is {_AGE} old, allowed are"
        f" {goals.drift_age_hours:g} hours.",
        "15m",
    )
    by = f"{DEPLOYMENT}, task"
    failed, succeeded = (
        max_by(series("task_finished_timestamp_seconds", model, f'outcome="{outcome}"'), by)
        for outcome in ("failed", "succeeded")
    )
    yield Alert(
        "HomesteadTaskFailed",
        "warning",
        f"{failed} unless {succeeded} >= {failed}",
        f"The newest {{{{ $labels.task }}}} run of {_MODEL} failed.",
        "It failed at {{ $value | humanizeTimestamp }}, and none has succeeded since.",
    )
    trained = series(
        "task_finished_timestamp_seconds", model, 'task="training"', 'outcome="succeeded"'
    )
    yield Alert(
        "HomesteadModelTooOld",
        "warning",
        f"time() - {max_by(f'{created} or {trained}')} > {goals.model_age_days * _DAY:.10g}",
        f"The champion of {_MODEL} is too old.",
        f"It was registered, or last confirmed by a training run, {_AGE} ago, allowed are"
        f" {goals.model_age_days:g} days.",
        "15m",
    )

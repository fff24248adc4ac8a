"""Alerts from the database hold when those of the rules do."""

from dataclasses import replace
from typing import Any

import pytest

from homestead.database.drift_reports import DriftReportRow
from homestead.monitoring.alerts.all_alerts import problem_alerts
from homestead.retraining.cause import Cause
from homestead.retraining.run import RetrainingRun, RunState
from homestead.retraining.status import RetrainingStatus
from homestead.steps.ui.alert_conditions import AlertFigures, evaluate_alerts
from tests.factories import retraining_run
from tests.registry import PROBLEM

NOW = 1_800_000_000.0
HOUR, DAY = 3600.0, 86_400.0
RETRAINING = RetrainingStatus((), (), {}, ())
ASKED = Cause.of(PROBLEM.name, "request", "april", "new suppliers", NOW - 3 * HOUR)
REPORT = DriftReportRow(PROBLEM.name, "1", NOW - HOUR, "no drift", 0.2, 0.3, 500, [])
QUIET = AlertFigures(
    drift=REPORT,
    job_ends={("training", "succeeded"): NOW - DAY, ("drift", "succeeded"): NOW - HOUR},
    champion_created=NOW - 40 * DAY,
    feedback={"accepted": 100, "contradiction": 5},
    retraining=RETRAINING,
)


def _run(number: int, state: RunState) -> RetrainingRun:
    ended_at = NOW - DAY + number
    return retraining_run(f"run-{number}", number=number, state=state, ended_at=ended_at)


def _states(figures: AlertFigures) -> dict[str, str]:
    alerts, _ = evaluate_alerts(PROBLEM, figures, NOW)
    return {alert.name: alert.state for alert in alerts if alert.state != "quiet"}


def test_every_alert_is_either_told_of_or_named_as_unknown() -> None:
    alerts, unknown = evaluate_alerts(PROBLEM, QUIET, NOW)
    told = {alert.name for alert in alerts}
    assert told | set(unknown) == {rule.name for rule in problem_alerts(PROBLEM)}
    assert told.isdisjoint(unknown)


def test_nothing_fires_on_a_day_like_any_other() -> None:
    assert _states(QUIET) == {}


def test_nothing_fires_before_anything_is_known() -> None:
    assert _states(AlertFigures()) == {}


@pytest.mark.parametrize(
    ("changes", "states"),
    [
        ({"drift": replace(REPORT, share=0.4, verdict="drift")}, {"HomesteadDrift": "firing"}),
        ({"drift": replace(REPORT, share=None)}, {}),
        ({"inconclusive_since": NOW - DAY}, {"HomesteadDriftInconclusive": "pending"}),
        ({"inconclusive_since": NOW - 4 * DAY}, {"HomesteadDriftInconclusive": "firing"}),
        ({"drift": replace(REPORT, at=NOW - 27 * HOUR)}, {"HomesteadDriftNotChecked": "firing"}),
        (
            {"drift": replace(REPORT, at=NOW - 26 * HOUR - 60)},
            {"HomesteadDriftNotChecked": "pending"},
        ),
        # The age of a model that was never checked counts from its registration.
        ({"drift": None}, {"HomesteadDriftNotChecked": "firing"}),
        ({"drift": None, "champion_created": NOW - DAY}, {}),
        (
            {"job_ends": {**QUIET.job_ends, ("drift", "failed"): NOW}},
            {"HomesteadTaskFailed": "firing"},
        ),
        ({"job_ends": {**QUIET.job_ends, ("drift", "failed"): NOW - 2 * HOUR}}, {}),
        ({"job_ends": {}}, {"HomesteadModelTooOld": "firing"}),
        ({"rolled_back_at": NOW - HOUR}, {"HomesteadReleaseRolledBack": "firing"}),
        ({"rolled_back_at": NOW - 2 * DAY}, {}),
        (
            {"feedback": {"accepted": 100, "contradiction": 20}},
            {"HomesteadFeedbackWrong": "firing"},
        ),
        ({"feedback": {"accepted": 10, "contradiction": 19}}, {}),
        (
            {"retraining": replace(RETRAINING, runs=(_run(2, "failed"), _run(1, "succeeded")))},
            {"HomesteadRetrainingFailed": "firing"},
        ),
        ({"retraining": replace(RETRAINING, runs=(_run(2, "succeeded"), _run(1, "failed")))}, {}),
        (
            {"retraining": replace(RETRAINING, open_causes=(ASKED,))},
            {"HomesteadRetrainingNotChecked": "firing"},
        ),
        (
            {
                "retraining": replace(RETRAINING, open_causes=(ASKED,)),
                "job_ends": {**QUIET.job_ends, ("retraining", "succeeded"): NOW - HOUR},
            },
            {},
        ),
    ],
)
def test_a_condition_holds_beyond_its_limit(
    changes: dict[str, Any], states: dict[str, str]
) -> None:
    assert _states(replace(QUIET, **changes)) == states


def test_several_jobs_that_failed_are_several_alerts() -> None:
    ends = {("drift", "failed"): NOW - 60, ("materialization", "failed"): NOW - 60}
    alerts, _ = evaluate_alerts(PROBLEM, replace(QUIET, job_ends={**QUIET.job_ends, **ends}), NOW)
    failed = [alert.text for alert in alerts if alert.name == "HomesteadTaskFailed"]
    assert [text.partition(".")[0] for text in failed] == [
        "The latest drift run of flats failed",
        "The latest materialization run of flats failed",
    ]

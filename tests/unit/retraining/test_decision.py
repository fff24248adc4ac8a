"""The rules by which causes become runs."""

import pytest

from homestead.problem.sections.loop.retraining import RetrainingPolicy
from homestead.retraining.cause import Cause, CauseKind, run_id
from homestead.retraining.decision import Decision, RetrainingState, decide
from homestead.retraining.evidence import Evidence, Finding
from homestead.retraining.run import RetrainingRun, RunState

NOW = 1_790_000_000.0
HOUR_S, DAY_S = 3600.0, 86_400.0
POLICY = RetrainingPolicy(
    measured_harm=True,
    estimated_harm=True,
    drift=True,
    max_age_days=30,
    new_labels=100,
    alerts=("HomesteadDrift",),
    cooldown_hours=24,
)
FINE = Evidence(champion="3", confirmed_at=NOW - DAY_S, new_labels=0)


def finding(holds: bool | None = True, report: str = "r1", version: str = "3") -> Finding:
    return Finding(report, version, holds, "the error is 12% larger than promised")


def cause(kind: CauseKind = "measured_harm", key: str = "r1", version: str | None = "3") -> Cause:
    return Cause.of("churn", kind, key, f"{kind} {key}", NOW - HOUR_S, version)


def alert(name: str = "HomesteadDrift") -> Cause:
    return cause("alert", f"{name}/f1/2026-11-27", None)


def run(state: RunState = "succeeded", ended_hours_ago: float = 100) -> RetrainingRun:
    ended = NOW - ended_hours_ago * HOUR_S if state in ("succeeded", "failed") else None
    return RetrainingRun(
        "id", "churn", 1, state, "c", "local", NOW - 200 * HOUR_S, NOW, ended_at=ended
    )


def decided(
    evidence: Evidence = FINE,
    *causes: Cause,
    newest: RetrainingRun | None = None,
    policy: RetrainingPolicy | None = POLICY,
) -> Decision:
    return decide(evidence, policy, RetrainingState(causes, newest), "churn", NOW)


def harmed(kind: str = "measured_harm", **changes: object) -> Evidence:
    return Evidence(**{"champion": "3", "confirmed_at": NOW - DAY_S, kind: finding(), **changes})  # type: ignore[arg-type]


def test_nothing_starts_without_a_cause() -> None:
    decision = decided()
    assert (decision.action, decision.code, decision.causes) == ("none", "no_cause", ())


@pytest.mark.parametrize("kind", ["measured_harm", "estimated_harm", "drift"])
def test_a_report_starts_a_run_if_the_problem_names_its_kind(kind: CauseKind) -> None:
    decision = decided(harmed(kind))
    assert decision.action == "start"
    assert [(c.kind, c.key, c.version) for c in decision.causes] == [(kind, "r1", "3")]
    silent = POLICY.model_copy(update={kind: False})
    assert decided(harmed(kind), policy=silent).action == "none"


def test_a_report_that_cannot_tell_or_is_about_an_earlier_champion_starts_nothing() -> None:
    for found in (finding(holds=None), finding(holds=False), finding(version="2")):
        assert decided(harmed(measured_harm=found)).action == "none"


def test_age_is_a_cause_from_the_day_on_that_the_problem_names() -> None:
    at_limit = Evidence(champion="3", confirmed_at=NOW - 30 * DAY_S)
    decision = decided(at_limit)
    assert decision.action == "start"
    assert decision.reason == (
        "version 3 was registered or last confirmed 30.0 days ago; allowed are 30"
    )
    assert decided(Evidence(champion="3", confirmed_at=NOW - 29 * DAY_S)).action == "none"


def test_new_labels_are_a_cause_from_the_number_on_that_the_problem_names() -> None:
    assert decided(harmed(measured_harm=None, new_labels=99)).action == "none"
    decision = decided(harmed(measured_harm=None, new_labels=100))
    assert [c.kind for c in decision.causes] == ["labels"]


def test_an_age_is_a_new_cause_after_a_run_that_changed_nothing() -> None:
    old = Evidence(champion="3", confirmed_at=NOW - 40 * DAY_S)
    first, second = decided(old), decided(old, newest=run("failed"))
    assert (first.action, second.action) == ("start", "start")
    assert first.causes[0].id != second.causes[0].id


def test_causes_wait_while_a_run_is_under_way_and_start_one_run_after_it() -> None:
    causes = (cause("measured_harm", "r2"), alert(), cause("drift", "d1"))
    evidence = harmed(drift=finding())
    for state in ("starting", "running"):
        waiting = decided(evidence, *causes, newest=run(state))
        assert (waiting.action, waiting.code) == ("wait", "under_way")
    following = decided(evidence, *causes, newest=run(ended_hours_ago=25))
    assert following.action == "start"
    assert {c.id for c in following.causes} == {c.id for c in causes}


def test_the_next_run_waits_for_the_end_of_the_cool_down() -> None:
    waiting = decided(harmed(), newest=run(ended_hours_ago=23.5))
    assert (waiting.action, waiting.code) == ("wait", "cool_down")
    assert waiting.reason == "run 1 ended 23.5 hours ago; the next may start in 0.5 hours"
    assert decided(harmed(), newest=run(ended_hours_ago=24)).action == "start"


def test_a_request_waits_for_no_cool_down_but_for_the_run_under_way() -> None:
    request = cause("request", "q1", None)
    assert decided(FINE, request, newest=run(ended_hours_ago=1)).action == "start"
    assert decided(FINE, request, newest=run("running")).action == "wait"
    assert decided(FINE, request, policy=None).action == "start"


def test_causes_wait_for_the_end_of_a_release() -> None:
    waiting = decided(harmed(release="churn-7"))
    assert (waiting.code, waiting.reason) == ("release", "release churn-7 is under way")


def test_a_later_report_of_an_open_cause_is_the_same_cause() -> None:
    again = decided(harmed(measured_harm=finding(report="r2")), cause(key="r1"))
    assert [c.key for c in again.causes] == ["r1"]


@pytest.mark.parametrize(
    ("open_cause", "evidence", "reason"),
    [
        (cause(version="2"), harmed(), "version 2 is no longer the champion"),
        (cause(), harmed(measured_harm=finding(holds=False)), "does not find it any more"),
        (cause("age", "3@1"), FINE, "a training was made since"),
        (cause("labels", "1"), FINE, "a training was made since"),
        (alert("HomesteadTaskFailed"), FINE, "the problem file no longer names such a cause"),
    ],
)
def test_a_cause_that_no_longer_holds_is_withdrawn(
    open_cause: Cause, evidence: Evidence, reason: str
) -> None:
    decision = decided(evidence, open_cause)
    assert [each.cause for each in decision.withdrawn] == [open_cause]
    assert reason in decision.withdrawn[0].reason
    assert open_cause not in decision.causes


def test_a_report_whose_run_is_over_starts_no_other() -> None:
    (answered,) = decided(harmed()).causes
    state = RetrainingState((), run(ended_hours_ago=500), frozenset({answered.id}))
    assert decide(harmed(), POLICY, state, "churn", NOW).action == "none"
    newer = harmed(measured_harm=finding(report="r2"))
    assert decide(newer, POLICY, state, "churn", NOW).action == "start"


def test_an_inconclusive_or_missing_report_withdraws_nothing() -> None:
    for found in (finding(holds=None), None):
        assert decided(harmed(measured_harm=found), cause()).action == "start"


def test_without_a_policy_open_alerts_start_nothing() -> None:
    assert decided(FINE, alert(), policy=None).action == "none"


def test_the_id_of_a_run_is_that_of_the_cause_seen_first() -> None:
    first, second = cause(key="b"), cause(key="a")
    later = Cause.of("churn", "alert", "x", "", NOW, None)
    assert run_id([later, first]) == run_id([first])
    assert run_id([first, second]) == run_id([second, first])
    other_problem = Cause.of("prices", "measured_harm", "b", "", NOW - HOUR_S, "3")
    assert run_id([other_problem]) != run_id([first])

"""Retraining in the demo: what was seen decides, or else the demo asks; the run's end is known."""

import time

import pytest

from homestead.cli.demo import retraining as demo
from homestead.cli.demo.retraining import POLICY, retrain
from homestead.errors import UserError
from homestead.pipelines.retraining.check import open_records
from homestead.pipelines.retraining.local_runs import LocalRuns
from homestead.problem.schema import Problem
from homestead.release.plan import ReleasePlan, write_plan
from homestead.retraining.cause import Cause
from homestead.retraining.decision import Decision
from homestead.retraining.run import RetrainingRun
from homestead.settings import Settings
from homestead.steps.performance.stored_reports import store_report
from homestead.steps.retraining.own_run import claimed_run
from homestead.steps.retraining.training_backend import RunEnd
from tests.factories import model_version, performance_report, retraining_run


@pytest.fixture
def problem(churn: Problem) -> Problem:
    """Return a problem with the demo's policy."""
    return churn.model_copy(update={"retraining": POLICY})


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[RunEnd]:
    """Replace the training, which has tests of its own, by its end: the last one of the list."""
    ends = [RunEnd("succeeded", "no better", "keep")]

    def submit(self: LocalRuns, run: RetrainingRun, causes: list[Cause]) -> None:
        with (
            open_records(self._settings, run.problem) as records,
            claimed_run(records, run.id) as own,
        ):
            own.end(ends[-1], 9.0)

    monkeypatch.setattr(LocalRuns, "submit", submit)
    monkeypatch.setattr(demo, "read_result", lambda problem, _, run, *, seconds: run)
    return ends


def test_what_the_report_found_starts_the_run_and_its_result_is_returned(
    problem: Problem, settings: Settings, ends: list[RunEnd]
) -> None:
    champion = ReleasePlan(problem=problem.name, champion=model_version("3"))
    write_plan(settings.release_plan(problem.name), champion)
    with open_records(settings, problem.name) as records:
        store_report(records.engine, performance_report(problem=problem.name))
    decided, result = retrain(problem, settings)
    assert (decided.cause, decided.started) == ("measured_harm", True)
    assert "50% worse than promised" in decided.reason
    with open_records(settings, problem.name) as records:
        run = records.run_of_id(str(result))
    assert run is not None
    assert (run.state, run.decision) == ("succeeded", "keep")


def test_where_nothing_was_found_the_demo_asks_each_time(
    problem: Problem, settings: Settings, ends: list[RunEnd]
) -> None:
    results = []
    for _ in range(2):
        decided, result = retrain(problem, settings)
        assert decided.cause == "request"
        assert "the demo asks, since " in decided.reason
        results.append(result)
    assert results[0] != results[1]


def test_a_run_that_fails_fails_the_demo_with_its_reason(
    problem: Problem, settings: Settings, ends: list[RunEnd]
) -> None:
    ends.append(RunEnd("failed", "ingest: churn.csv: no such file"))
    with pytest.raises(UserError, match=r"run 1 failed: ingest: churn.csv: no such file"):
        retrain(problem, settings)


def test_a_run_that_may_not_start_fails_the_demo_with_the_rule(
    problem: Problem, settings: Settings, ends: list[RunEnd]
) -> None:
    with open_records(settings, problem.name) as records:
        asked = Cause.of(problem.name, "request", "1", "a person asks", 1.0)
        under_way = retraining_run(cause=asked.id, seen_at=time.time())
        records.start(under_way, Decision("start", "start", "a person asks", (asked,)))
    with pytest.raises(UserError, match=r"demo: no training was started: .*under way"):
        retrain(problem, settings)

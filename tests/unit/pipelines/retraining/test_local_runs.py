"""Runs of retraining on this machine: claimed once, recorded whatever happens."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from homestead.errors import UserError
from homestead.pipelines.retraining import local_runs
from homestead.pipelines.retraining.check import open_records, require_success
from homestead.pipelines.retraining.local_runs import LocalRuns, carry_out
from homestead.problem.schema import Problem
from homestead.retraining.decision import Decision
from homestead.retraining.records import RetrainingRecords
from homestead.retraining.run import RetrainingRun
from homestead.settings import Settings
from homestead.steps.retraining.own_run import LOST, SILENCE_S
from homestead.steps.retraining.training_backend import RunEnd
from tests.factories import cause, retraining_run

CAUSE = cause(key="report 7")


@pytest.fixture
def records(settings: Settings) -> Iterator[RetrainingRecords]:
    with open_records(settings, "churn") as records:
        records.start(retraining_run(cause=CAUSE.id), Decision("start", "start", "harm", (CAUSE,)))
        yield records


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Replace the pipeline, which has tests of its own, by a note of its arguments."""
    calls: list[dict[str, Any]] = []

    def run_local(problem: Problem, **arguments: Any) -> Any:
        calls.append(arguments)
        if problem.name == "failing":
            raise UserError("ingest: churn.csv: no such file\nThe whole log: x")
        return RunEnd("succeeded", "better than the champion", "promote")

    monkeypatch.setattr(local_runs, "run_local", run_local)
    monkeypatch.setattr(local_runs, "_completed", lambda *_: None)
    return calls


def state(records: RetrainingRecords) -> RetrainingRun:
    run = records.run_of_id("run-1")
    assert run is not None
    return run


def test_the_run_trains_once_with_its_id_and_cause(
    churn: Problem,
    settings: Settings,
    records: RetrainingRecords,
    trainings: list[dict[str, Any]],
) -> None:
    carry_out(churn, settings, records, "run-1")
    with pytest.raises(UserError, match="it is succeeded, and starts only once"):
        carry_out(churn, settings, records, "run-1")
    (arguments,) = trainings
    assert arguments["run"] == "run-1"
    assert arguments["cause"] == "measured_harm report 7: measured_harm of report 7"
    assert (state(records).state, state(records).decision) == ("succeeded", "promote")


def test_a_step_that_fails_ends_the_run_with_its_reason(
    churn: Problem,
    settings: Settings,
    records: RetrainingRecords,
    trainings: list[dict[str, Any]],
) -> None:
    failing = churn.model_copy(update={"name": "failing"})
    with pytest.raises(UserError, match="no such file"):
        carry_out(failing, settings, records, "run-1")
    assert len(trainings) == 1
    run = state(records)
    assert (run.state, run.reason) == ("failed", "ingest: churn.csv: no such file")
    with pytest.raises(UserError, match="run 1 failed: ingest"):
        require_success(records, run.id)


def test_a_run_that_was_killed_after_its_last_step_is_not_trained_again(
    churn: Problem,
    settings: Settings,
    records: RetrainingRecords,
    trainings: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = RunEnd("succeeded", "no better", "keep")
    monkeypatch.setattr(local_runs, "_completed", lambda *_: done)
    assert carry_out(churn, settings, records, "run-1") == done
    assert trainings == []
    assert state(records).decision == "keep"


def test_a_run_is_lost_once_its_process_is_gone(churn: Problem, settings: Settings) -> None:
    backend = LocalRuns(churn, settings)
    gone = retraining_run(state="running", owner="elsewhere 1 0.00", seen_at=time.time())
    assert backend.poll(gone) is None
    assert backend.poll(gone.changed(seen_at=time.time() - SILENCE_S)) == RunEnd("lost", LOST)
    assert backend.wait() == 0

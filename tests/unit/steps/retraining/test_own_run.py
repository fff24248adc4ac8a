"""A run of this machine: one process claims it, and is known to be alive."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.retraining.decision import Decision
from homestead.retraining.records import RetrainingRecords, RunConflictError
from homestead.retraining.run import RetrainingRun
from homestead.setting_values import sqlite_url
from homestead.steps.retraining.own_run import SILENCE_S, claim, claimed_run, is_alive
from homestead.steps.retraining.training_backend import RunEnd
from tests.factories import cause, retraining_run


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RetrainingRecords]:
    engine = open_database(sqlite_url(tmp_path / "homestead.db"))
    records = RetrainingRecords(engine, "churn")
    records.start(retraining_run(), Decision("start", "start", "harm", (cause(),)))
    yield records
    engine.dispose()


def read(records: RetrainingRecords) -> RetrainingRun:
    run = records.run_of_id("run-1")
    assert run is not None
    return run


def test_a_process_claims_a_run_and_records_its_end(records: RetrainingRecords) -> None:
    with claimed_run(records, "run-1", clock=lambda: 10.0) as own:
        run = read(records)
        assert (run.state, run.run_id, run.seen_at) == ("running", "run-1", 10.0)
        assert is_alive(run, now=10.0 + 10 * SILENCE_S)
        own.end(RunEnd("succeeded", "better", "promote"), now=20.0)
    run = read(records)
    assert (run.state, run.decision, run.ended_at) == ("succeeded", "promote", 20.0)


def test_only_one_process_claims_a_run(records: RetrainingRecords) -> None:
    claim(records, "run-1", "here 1 0.00", now=1.0)
    with pytest.raises(UserError, match="it is running, and starts only once"):
        claim(records, "run-1", "there 2 0.00", now=1.0)
    with pytest.raises(UserError, match="churn has no such run"):
        claim(records, "run-2", "there 2 0.00", now=1.0)


def test_a_process_that_lost_its_run_notices(records: RetrainingRecords) -> None:
    own = claim(records, "run-1", "here 1 0.00", now=1.0)
    assert own.keep_alive(now=30.0)
    assert read(records).seen_at == 30.0
    records.replace(read(records).changed(state="starting", attempt=2))
    assert not own.keep_alive(now=60.0)
    with pytest.raises(RunConflictError):
        own.end(RunEnd("succeeded", "better", "promote"), now=61.0)


@pytest.mark.parametrize(
    "owner",
    # Of another machine, of a process that is gone, and of an earlier one with our process id.
    ["elsewhere 1", f"{os.uname().nodename} 4194300", f"{os.uname().nodename} {os.getpid()}"],
    ids=["elsewhere", "gone", "earlier"],
)
def test_a_silent_process_is_gone(owner: str) -> None:
    run = retraining_run(state="running", owner=f"{owner} 0.00", seen_at=100.0)
    assert is_alive(run, now=100.0 + SILENCE_S - 1)
    assert not is_alive(run, now=100.0 + SILENCE_S)

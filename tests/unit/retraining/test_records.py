"""Records of retraining: each write is whole or not at all, and one of two writers wins."""

import pytest
import sqlalchemy as sa

from homestead.retraining.cause import Cause
from homestead.retraining.decision import Decision, Withdrawal
from homestead.retraining.records import RetrainingRecords, RunConflictError
from homestead.retraining.status import read_retraining
from tests.factories import cause, retraining_run

FIRST, SECOND = cause(key="r1", seen_at=1.0), cause("alert", "HomesteadDrift/f/1", seen_at=2.0)


def start(*causes: Cause) -> Decision:
    return Decision("start", "start", "harm", causes)


def wait(*causes: Cause) -> Decision:
    return Decision("wait", "cool_down", "too early", causes)


def test_a_cause_is_added_once_however_often_it_is_seen(records: RetrainingRecords) -> None:
    records.add_causes([FIRST])
    records.add_causes([FIRST, cause(key="r1", seen_at=9.0), SECOND])
    assert records.state().causes == (FIRST, SECOND)


def test_a_run_takes_its_causes_with_it(records: RetrainingRecords) -> None:
    records.add_causes([SECOND])
    run = retraining_run(cause=FIRST.id)
    records.start(run, start(FIRST, SECOND))
    state = records.state()
    assert (state.causes, state.newest_run) == ((), run)
    assert [(c.id, c.state) for c in records.causes_of(run.id)] == [
        (FIRST.id, "assigned"),
        (SECOND.id, "assigned"),
    ]
    # A message of a cause that has its run changes nothing.
    records.add_causes([FIRST])
    records.receive([], [FIRST])
    assert records.state().causes == ()
    assert len(records.causes_of(run.id)) == 2


def test_of_two_that_start_a_run_at_once_one_does(records: RetrainingRecords) -> None:
    records.add_causes([FIRST])
    records.start(retraining_run("a", cause=FIRST.id), start(FIRST))
    with pytest.raises(RunConflictError):
        records.start(retraining_run("b", cause=SECOND.id), start(SECOND))
    # Nothing of the one that lost is left.
    assert records.state().causes == ()
    with pytest.raises(RunConflictError):
        records.start(retraining_run("c", number=2, cause=FIRST.id), start(FIRST))
    assert records.state().newest_run == retraining_run("a", cause=FIRST.id)
    assert [d.run for d in read_retraining(records.engine, "churn").decisions] == ["a"]


def test_a_run_is_replaced_only_in_the_revision_that_was_read(records: RetrainingRecords) -> None:
    run = retraining_run(cause=FIRST.id)
    records.start(run, start(FIRST))
    written = records.replace(run.changed(state="running", run_id="kfp-1"))
    assert (written.revision, written.state) == (1, "running")
    assert records.run_of_id(run.id) == written
    with pytest.raises(RunConflictError):
        records.replace(run.changed(state="failed"))
    assert records.run_of_id("unknown") is None


def test_a_withdrawn_alert_starts_nothing_even_if_it_is_seen_only_later(
    records: RetrainingRecords,
) -> None:
    records.add_causes([FIRST])
    records.receive([], [FIRST, SECOND])
    records.add_causes([SECOND, FIRST])
    assert records.state().causes == ()


def test_a_decision_is_recorded_when_it_changes(
    records: RetrainingRecords, engine: sa.Engine
) -> None:
    for at in (1.0, 2.0, 3.0):
        records.record(wait(FIRST), at)
    gone = Withdrawal(FIRST, "a training was made since")
    records.record(Decision("none", "no_cause", "nothing asks for it", (), (gone,)), 4.0)
    decisions = read_retraining(engine, "churn").decisions
    assert [(d.at, d.action, d.code) for d in decisions] == [
        (4.0, "none", "no_cause"),
        (1.0, "wait", "cool_down"),
    ]
    assert decisions[0].reason == (
        f"nothing asks for it ({FIRST.summary}: withdrawn, a training was made since)"
    )
    assert records.state().causes == ()


def test_problems_do_not_see_each_other(records: RetrainingRecords, engine: sa.Engine) -> None:
    records.start(retraining_run(cause=FIRST.id), start(FIRST))
    other = RetrainingRecords(engine, "prices")
    assert other.state().newest_run is None
    assert read_retraining(engine, "prices").newest_run is None

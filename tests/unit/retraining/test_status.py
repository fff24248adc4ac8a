"""What people and pages see of retraining."""

from homestead.retraining.decision import Decision
from homestead.retraining.records import RetrainingRecords
from homestead.retraining.status import read_retraining
from tests.factories import cause, retraining_run


def test_nothing_is_recorded_before_the_first_check(records: RetrainingRecords) -> None:
    status = read_retraining(records.engine, "churn")
    assert (status.newest_run, status.newest_decision) == (None, None)
    assert (status.open_causes, status.runs, status.causes) == ((), (), {})


def test_runs_come_newest_first_with_their_causes_and_decisions(
    records: RetrainingRecords,
) -> None:
    causes = [cause(key=key) for key in ("r1", "r2", "r3")]
    for number, each in enumerate(causes[:2], start=1):
        run = retraining_run(f"run-{number}", number=number, cause=each.id)
        records.start(run, Decision("start", "start", each.summary, (each,)))
        records.replace(run.changed(state="succeeded", ended_at=5.0, decision="keep"))
    records.record(Decision("wait", "cool_down", "too early", (causes[2],)), 7.0)
    status = read_retraining(records.engine, "churn")
    assert [run.id for run in status.runs] == ["run-2", "run-1"]
    assert [c.key for c in status.causes["run-1"]] == ["r1"]
    assert status.open_causes == (causes[2],)
    assert status.newest_run is not None
    assert status.newest_run.decision == "keep"
    assert status.newest_decision is not None
    assert status.newest_decision.reason == "too early"
    assert [d.run for d in status.decisions] == [None, "run-2", "run-1"]
    assert [run.id for run in read_retraining(records.engine, "churn", newest=1).runs] == ["run-2"]

"""Gauges of retraining: what waits, what ran, and what never happened has no time."""

from pathlib import Path
from typing import get_args

from homestead.database.engine import open_database
from homestead.monitoring.metric_catalog import PROMETHEUS_METRICS
from homestead.monitoring.retraining_metrics import RETRAINING_METRICS, RUN_STATES
from homestead.retraining.decision import Decision
from homestead.retraining.records import RetrainingRecords
from homestead.retraining.run import RunState
from homestead.serving.background.retraining_status import read_retraining_gauges
from tests.factories import cause, retraining_run


def test_causes_runs_and_decisions_are_counted_and_dated(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'log.db'}")
    records = RetrainingRecords(engine, "churn")

    def read() -> dict[tuple[str, ...], float | None]:
        return {(name, *labels): v for name, labels, v in read_retraining_gauges(engine, "churn")}

    nothing: dict[tuple[str, ...], float | None] = {
        ("homestead_retraining_runs", state): 0 for state in RUN_STATES
    }
    nothing["homestead_retraining_open_causes",] = 0
    nothing["homestead_retraining_oldest_cause_timestamp_seconds",] = None
    assert read() == nothing
    first, second = cause(key="r1"), cause(key="r2")
    run = retraining_run("run-1", number=1, cause=first.id)
    records.start(run, Decision("start", "start", first.summary, (first,)))
    records.replace(run.changed(state="failed", ended_at=5.0))
    records.record(Decision("wait", "cool_down", "too early", (second,)), 7.0)
    values = read()
    names = {name for name, *_ in values}
    engine.dispose()
    assert values["homestead_retraining_open_causes",] == 1
    assert values["homestead_retraining_oldest_cause_timestamp_seconds",] == second.seen_at
    assert values["homestead_retraining_runs", "failed"] == 1
    assert values["homestead_retraining_ended_timestamp_seconds", "failed"] == 5
    assert values["homestead_retraining_decided_timestamp_seconds", "wait"] == 7
    # Prometheus would compare a time of 0 or NaN.
    assert ("homestead_retraining_ended_timestamp_seconds", "succeeded") not in values
    assert names == {metric.name for metric in RETRAINING_METRICS} <= set(PROMETHEUS_METRICS)
    assert get_args(RunState) == RUN_STATES

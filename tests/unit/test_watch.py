"""What servers expose of the work of CronJobs and releases, a restart included."""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from homestead.cli.main import main
from homestead.database.drift_reports import write_drift_report
from homestead.database.engine import open_engine
from homestead.database.job_runs import latest_job_runs, record_job_run, write_job_run
from homestead.release.plan import ModelVersion, ReleasePlan, write_plan
from homestead.serving.background.supervisor import expose_readings
from homestead.serving.background.worker import JobStatusPoller
from homestead.serving.metrics import ServerMetrics
from homestead.settings import Settings
from tests.conftest import CHURN
from tests.factories import drift_report_row

CREATED = datetime(2026, 11, 20, 12, tzinfo=UTC)
REPORT = drift_report_row(problem="churn", rows=500)


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    """Embedded settings but for the database, which is of each kind."""
    settings.folder()
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings.database_url)
    yield engine
    engine.dispose()


class Server:
    """What of a server watches; its metrics begin empty, as those of every process."""

    def __init__(self, engine: Engine, plan: Path) -> None:
        self.metrics = ServerMetrics()
        self._watch = JobStatusPoller(engine, "churn", plan)

    def look(self) -> None:
        expose_readings(self.metrics, "churn", json.dumps(self._watch.look()))

    def value(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, {"model": "churn", **labels})


@pytest.fixture
def plan(settings: Settings) -> Path:
    path = settings.release_plan("churn")
    version = ModelVersion(version="1", digest="a" * 64, uri="x", created=CREATED)
    write_plan(path, ReleasePlan(problem="churn", champion=version))
    return path


def test_a_restarted_server_shows_the_same(engine: Engine, plan: Path, settings: Settings) -> None:
    write_drift_report(engine, replace(REPORT, at=1000.0, verdict="drift", share=0.6))
    write_job_run(settings.database_url, "churn", "training", "succeeded")
    trained = latest_job_runs(engine, "churn")["training", "succeeded"]
    for _ in range(2):
        server = Server(engine, plan)
        assert server.value("drift_share") is None
        server.look()
        ended = {"task": "training", "outcome": "succeeded"}
        assert server.value("task_finished_timestamp_seconds", **ended) == trained
        assert server.value("drift_share") == 0.6
        assert server.value("drift_threshold") == 0.3
        assert server.value("drift_rows") == 500
        assert server.value("drift_checked_timestamp_seconds") == 1000.0
        assert server.value("model_created_timestamp_seconds") == CREATED.timestamp()


def test_a_running_server_follows(engine: Engine, plan: Path, settings: Settings) -> None:
    server = Server(engine, plan)
    server.look()
    assert server.value("model_created_timestamp_seconds") == CREATED.timestamp()
    # Nothing was ever checked or trained: no figures rather than zeros.
    assert server.value("drift_share") is None
    assert server.value("drift_checked_timestamp_seconds") is None
    write_drift_report(engine, replace(REPORT, at=1000.0, verdict="no drift", share=0.1))
    server.look()
    assert server.value("drift_share") == 0.1
    few = replace(REPORT, at=2000.0, verdict="inconclusive", share=None, rows=7)
    write_drift_report(engine, few)
    unknown = ModelVersion(version="2", digest="b" * 64, uri="x")
    write_plan(plan, ReleasePlan(problem="churn", champion=unknown))
    server.look()
    assert server.value("drift_rows") == 7
    assert math.isnan(server.value("drift_share") or 0)
    assert math.isnan(server.value("model_created_timestamp_seconds") or 0)


def test_without_a_database_or_a_plan_it_goes_on_and_catches_up(tmp_path: Path) -> None:
    away = tmp_path / "away" / "homestead.db"
    engine = open_engine(f"sqlite:///{away}")
    server = Server(engine, tmp_path / "no-plan.json")
    server.look()
    away.parent.mkdir()
    write_drift_report(engine, replace(REPORT, at=1000.0, verdict="drift", share=0.6))
    server.look()
    assert server.value("drift_share") == 0.6
    assert server.value("model_created_timestamp_seconds") is None
    engine.dispose()


def test_a_run_that_fails_is_noted_and_one_that_succeeds_too(
    engine: Engine, settings: Settings
) -> None:
    assert latest_job_runs(engine, "churn") == {}
    begin = time.time()
    with pytest.raises(ZeroDivisionError), record_job_run(settings, "churn", "drift"):
        _ = 1 / 0
    failed = latest_job_runs(engine, "churn")
    assert set(failed) == {("drift", "failed")}
    with record_job_run(settings, "churn", "drift"):
        pass
    found = latest_job_runs(engine, "churn")
    assert begin <= found["drift", "failed"] <= found["drift", "succeeded"] <= time.time()
    assert latest_job_runs(engine, "other") == {}


def test_a_note_that_cannot_be_written_does_not_hide_the_tasks_own_end(tmp_path: Path) -> None:
    write_job_run(f"sqlite:///{tmp_path / 'away' / 'x.db'}", "churn", "training", "succeeded")


def test_a_drift_job_that_breaks_is_seen_by_the_servers(
    engine: Engine, plan: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(settings.home))
    monkeypatch.setenv("HOMESTEAD_DATABASE_URL", settings.database_url)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    done = CliRunner().invoke(main, ["drift", "--problem", str(CHURN)])
    assert done.exit_code == 1
    assert "no champion" in done.output
    server = Server(engine, plan)
    server.look()
    at = latest_job_runs(engine, "churn")["drift", "failed"]
    ended = {"task": "drift", "outcome": "failed"}
    assert server.value("task_finished_timestamp_seconds", **ended) == at
    assert server.value("drift_checked_timestamp_seconds") is None


def test_a_drift_job_ahead_of_the_first_champion_is_no_failure(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(settings.home))
    monkeypatch.setenv("HOMESTEAD_DATABASE_URL", settings.database_url)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    done = CliRunner().invoke(main, ["drift", "--problem", str(CHURN), "--exit-zero"])
    assert done.exit_code == 0
    assert "no champion" in done.output
    assert list(latest_job_runs(engine, "churn")) == [("drift", "succeeded")]

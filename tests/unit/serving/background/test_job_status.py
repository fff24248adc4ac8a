"""Gauges about jobs and releases: changes, missing values, an unreachable database, a restart."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine

from homestead.cli.main import main
from homestead.database.drift_reports import write_drift_report
from homestead.database.engine import open_database
from homestead.database.job_runs import latest_job_runs, write_job_run
from homestead.release.plan import ModelVersion, ReleasePlan, write_plan
from homestead.serving.background.job_status import JobStatusPoller
from homestead.serving.background.metric_readings import set_gauges
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings
from tests.conftest import CHURN
from tests.factories import calibrated_drift, drift_report_row

CREATED = datetime(2026, 11, 20, 12, tzinfo=UTC)
REPORT = drift_report_row(problem="churn", rows=500)


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    """Embedded settings but for the database, which is of each kind."""
    settings.folder()
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_database(settings.database_url)
    yield engine
    engine.dispose()


class ExposedGauges:
    """Gauges as a server exposes them; a new process begins without values."""

    def __init__(self, database: Engine, release_plan: Path) -> None:
        self._metrics = ServerMetrics()
        self._poller = JobStatusPoller(database, "churn", release_plan)

    def update(self) -> None:
        set_gauges(self._metrics, "churn", self._poller.read())

    def value(self, name: str, **labels: str) -> float | None:
        return self._metrics.registry.get_sample_value(name, {"model": "churn", **labels})


@pytest.fixture
def plan(settings: Settings) -> Path:
    path = settings.release_plan("churn")
    version = ModelVersion(version="1", digest="a" * 64, uri="x", created=CREATED)
    write_plan(path, ReleasePlan(problem="churn", champion=version))
    return path


def test_a_restarted_server_exposes_the_same_values(
    engine: Engine, plan: Path, settings: Settings
) -> None:
    write_drift_report(engine, replace(REPORT, at=1000.0, verdict="drift", share=0.6))
    write_job_run(settings.database_url, "churn", "training", "succeeded")
    trained = latest_job_runs(engine, "churn")["training", "succeeded"]
    for _ in range(2):
        gauges = ExposedGauges(engine, plan)
        assert gauges.value("homestead_drift_share") is None
        gauges.update()
        ended = {"task": "training", "outcome": "succeeded"}
        assert gauges.value("homestead_task_finished_timestamp_seconds", **ended) == trained
        assert gauges.value("homestead_drift_share") == 0.6
        assert gauges.value("homestead_drift_threshold") == 0.3
        assert gauges.value("homestead_drift_rows") == 500
        assert gauges.value("homestead_drift_checked_timestamp_seconds") == 1000.0
        assert gauges.value("homestead_model_created_timestamp_seconds") == CREATED.timestamp()


def test_a_running_server_exposes_changes(engine: Engine, plan: Path, settings: Settings) -> None:
    gauges = ExposedGauges(engine, plan)
    gauges.update()
    assert gauges.value("homestead_model_created_timestamp_seconds") == CREATED.timestamp()
    # Nothing was ever checked or trained: no figures rather than zeros.
    assert gauges.value("homestead_drift_share") is None
    assert gauges.value("homestead_drift_checked_timestamp_seconds") is None
    write_drift_report(engine, replace(REPORT, at=1000.0, verdict="no drift", share=0.1))
    gauges.update()
    assert gauges.value("homestead_drift_share") == 0.1
    few = replace(REPORT, at=2000.0, verdict="inconclusive", share=None, rows=7)
    write_drift_report(engine, few)
    unknown = ModelVersion(version="2", digest="b" * 64, uri="x")
    write_plan(plan, ReleasePlan(problem="churn", champion=unknown))
    gauges.update()
    assert gauges.value("homestead_drift_rows") == 7
    assert math.isnan(gauges.value("homestead_drift_share") or 0)
    assert math.isnan(gauges.value("homestead_model_created_timestamp_seconds") or 0)


def test_the_calibrated_verdict_is_exposed_and_none_is_no_number(
    engine: Engine, plan: Path
) -> None:
    found = calibrated_drift().model_dump(mode="json")
    write_drift_report(engine, replace(REPORT, at=1000.0, calibrated=found))
    gauges = ExposedGauges(engine, plan)
    gauges.update()
    assert gauges.value("homestead_drift_calibrated") == 1
    assert gauges.value("homestead_drift_calibrated_p_value") == 6e-9
    assert gauges.value("homestead_drift_calibrated_level") == 1.3e-5
    assert gauges.value("homestead_drift_calibrated_columns") == 1
    write_drift_report(engine, replace(REPORT, at=2000.0))
    gauges.update()
    assert math.isnan(gauges.value("homestead_drift_calibrated") or 0)


def test_an_unreachable_database_and_a_missing_plan_leave_gauges_out_until_they_are_back(
    tmp_path: Path,
) -> None:
    away = tmp_path / "away" / "homestead.db"
    engine = open_database(f"sqlite:///{away}")
    gauges = ExposedGauges(engine, tmp_path / "no-plan.json")
    gauges.update()
    away.parent.mkdir()
    write_drift_report(engine, replace(REPORT, at=1000.0, verdict="drift", share=0.6))
    gauges.update()
    assert gauges.value("homestead_drift_share") == 0.6
    assert gauges.value("homestead_model_created_timestamp_seconds") is None
    engine.dispose()


def test_a_failed_drift_job_is_exposed(
    engine: Engine, plan: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(settings.home))
    monkeypatch.setenv("HOMESTEAD_DATABASE_URL", settings.database_url)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    done = CliRunner().invoke(main, ["drift", "--problem", str(CHURN)])
    assert done.exit_code == 1
    assert "no champion" in done.output
    gauges = ExposedGauges(engine, plan)
    gauges.update()
    at = latest_job_runs(engine, "churn")["drift", "failed"]
    ended = {"task": "drift", "outcome": "failed"}
    assert gauges.value("homestead_task_finished_timestamp_seconds", **ended) == at
    assert gauges.value("homestead_drift_checked_timestamp_seconds") is None


def test_a_drift_job_before_the_first_champion_succeeds_with_exit_zero(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(settings.home))
    monkeypatch.setenv("HOMESTEAD_DATABASE_URL", settings.database_url)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    done = CliRunner().invoke(main, ["drift", "--problem", str(CHURN), "--exit-zero"])
    assert done.exit_code == 0
    assert "no champion" in done.output
    assert list(latest_job_runs(engine, "churn")) == [("drift", "succeeded")]

"""The table of job runs: outcomes by job, and a job whose outcome cannot be recorded."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from homestead.database.engine import open_database
from homestead.database.job_runs import latest_job_runs, record_job_run, write_job_run
from homestead.settings import Settings


@pytest.fixture
def settings(settings: Settings, database_url: str) -> Settings:
    """Embedded settings, except for the database, which is one of each kind."""
    settings.folder()
    return settings.model_copy(update={"database_url": database_url})


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    engine = open_database(settings.database_url)
    yield engine
    engine.dispose()


def test_the_last_failure_and_the_last_success_of_a_job_are_recorded(
    engine: Engine, settings: Settings
) -> None:
    assert latest_job_runs(engine, "churn") == {}
    begin = time.time()
    with pytest.raises(ZeroDivisionError), record_job_run(settings, "churn", "drift"):
        _ = 1 / 0
    assert set(latest_job_runs(engine, "churn")) == {("drift", "failed")}
    with record_job_run(settings, "churn", "drift"):
        pass
    ended = latest_job_runs(engine, "churn")
    assert begin <= ended["drift", "failed"] <= ended["drift", "succeeded"] <= time.time()
    assert latest_job_runs(engine, "other") == {}


def test_an_outcome_that_cannot_be_recorded_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        write_job_run(f"sqlite:///{tmp_path / 'away' / 'x.db'}", "churn", "training", "succeeded")
    assert "training of churn succeeded, but cannot be recorded" in caplog.text

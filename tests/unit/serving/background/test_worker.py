"""The worker process: what it sends to the server, and its end."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from homestead.database.engine import open_database
from homestead.prediction_log.spool import Spool
from homestead.serving.background.metric_readings import WorkerReport
from homestead.settings import Settings
from tests.factories import prediction_entry


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    settings.folder()
    names = ("HOMESTEAD_", "MLFLOW_")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(names)}
    return {
        **inherited,
        "HOMESTEAD_HOME": str(settings.home),
        "HOMESTEAD_DATABASE_URL": settings.database_url,
        "HOMESTEAD_WORKER_PRIORITY": "normal",
    }


def start(environment: dict[str, str], owner: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "homestead.serving.background.worker"]
    return subprocess.Popen(
        [*command, "churn", owner],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_report_tells_what_is_shipped_and_closing_the_pipe_ends_the_worker(
    environment: dict[str, str], settings: Settings
) -> None:
    spool = Spool(settings.folder("spool", "churn"))
    spool.append(prediction_entry("a", 80.0))
    worker = start(environment, spool.owner)
    assert worker.stdout is not None
    report = msgspec.json.decode(worker.stdout.readline(), type=WorkerReport)
    assert report.shipping.shipped == spool.written()[0]
    rest, _ = worker.communicate(timeout=30)
    assert (rest, worker.returncode) == ("", 0)
    spool.close()


def test_what_is_in_the_spool_is_shipped_before_the_worker_ends(
    environment: dict[str, str], settings: Settings
) -> None:
    spool = Spool(settings.folder("spool", "churn"))
    spool.append(prediction_entry("a", 80.0))
    spool.close()
    worker = start(environment)
    worker.communicate(timeout=30)
    engine = open_database(settings.database_url)
    with engine.connect() as connection:
        ids = connection.exec_driver_sql("SELECT prediction_id FROM predictions").scalars().all()
    engine.dispose()
    assert ids == ["a"]
    assert list(Path(settings.folder("spool", "churn")).glob("*.jsonl")) == []

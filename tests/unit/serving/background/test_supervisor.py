"""The supervisor of the background worker, above all at the server's end."""

import os
import time

import pytest
from sqlalchemy import create_engine

from homestead.prediction_log.spool import Spool
from homestead.serving.background import supervisor as supervisor_module
from homestead.serving.background.log_monitor import LogMonitor
from homestead.serving.background.supervisor import WorkerSupervisor
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.settings import Settings
from tests.factories import prediction_entry
from tests.serving import logged

IDLE = os.SCHED_IDLE


@pytest.fixture
def metrics(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> ServerMetrics:
    settings.folder()
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOMESTEAD_WORKER_PRIORITY", "idle")
    return ServerMetrics()


@pytest.fixture
def spool(settings: Settings) -> Spool:
    return Spool(settings.folder("spool", "churn"))


def start(metrics: ServerMetrics, spool: Spool) -> WorkerSupervisor:
    """Return a supervisor whose worker has idle priority."""
    supervisor = WorkerSupervisor("churn", metrics, LogMonitor("churn", spool, metrics))
    supervisor.start()
    deadline = time.monotonic() + 300
    while not (process := supervisor._process) or os.sched_getscheduler(process.pid) != IDLE:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return supervisor


def shipped_ids(settings: Settings) -> list[str]:
    engine = create_engine(settings.database_url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT prediction_id FROM predictions")
        ids = [str(row[0]) for row in found]
    engine.dispose()
    return ids


def refuse(*arguments: object) -> None:
    raise PermissionError


@pytest.mark.parametrize("is_privileged", [True, False])
def test_a_hurried_worker_has_normal_priority_and_ships_everything_before_the_end(
    metrics: ServerMetrics,
    settings: Settings,
    spool: Spool,
    monkeypatch: pytest.MonkeyPatch,
    is_privileged: bool,
) -> None:
    if not is_privileged:
        monkeypatch.setattr(os, "sched_setscheduler", refuse)
    supervisor = start(metrics, spool)
    supervisor.hurry()
    spool.append(prediction_entry("last", 80.0))
    spool.close()
    supervisor.stop(timeout_s=30)
    assert not supervisor.is_alive()
    assert shipped_ids(settings) == ["last"]


def test_a_worker_of_normal_priority_never_gives_way(
    metrics: ServerMetrics, settings: Settings, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMESTEAD_WORKER_PRIORITY", "normal")
    supervisor = WorkerSupervisor("churn", metrics, LogMonitor("churn", spool, metrics))
    spool.append(prediction_entry("early", 80.0))
    supervisor.start()
    deadline = time.monotonic() + 60
    while list(logged(settings)["prediction_id"]) != ["early"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    pid = supervisor.worker_pid
    assert pid is not None
    assert os.sched_getscheduler(pid) == os.SCHED_OTHER
    spool.close()
    supervisor.stop(timeout_s=30)
    assert not supervisor.is_alive()


def test_the_end_does_not_wait_longer_than_it_may(
    metrics: ServerMetrics, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = start(metrics, spool)
    process = supervisor._process
    assert process is not None
    os.kill(process.pid, 19)  # SIGSTOP: like a worker that waits for its database
    monkeypatch.setattr(supervisor_module, "_raise_priority", lambda pid: True)
    started = time.monotonic()
    supervisor.stop(timeout_s=0.5)
    assert time.monotonic() - started < 5
    supervisor.join(20)
    assert process.returncode == -9
    spool.close()

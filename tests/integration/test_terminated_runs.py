"""A local run that is stopped: a failed run with its reason, in MLflow and in the job runs."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

from homestead.database.engine import open_database
from homestead.database.job_runs import latest_job_runs
from tests.conftest import settings_at
from tests.pipeline import start_training


def wait_for(process: subprocess.Popen[str], home: Path, step: str) -> None:
    deadline = time.monotonic() + 300
    while not any(f"homestead> {step}" in log.read_text() for log in home.glob("runs/*/*.log")):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def processes(home: Path) -> list[bytes]:
    """Return the command lines of the processes that work in a home."""
    commands = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended
            commands.append(path.read_bytes())
    return [command for command in commands if os.fsencode(home) in command]


def ended_run(home: Path) -> Run:
    """Return the failed parent run, after a look at what else must hold."""
    settings = settings_at(home)
    engine = open_database(settings.database_url)
    try:
        assert set(latest_job_runs(engine, "churn")) == {("training", "failed")}
    finally:
        engine.dispose()
    assert not processes(home)
    client = MlflowClient(settings.tracking_uri, settings.tracking_uri)
    experiment = client.get_experiment_by_name("churn")
    assert experiment is not None
    runs: list[Run] = client.search_runs([experiment.experiment_id])
    assert "RUNNING" not in {run.info.status for run in runs}
    (parent,) = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert parent.info.status == "FAILED"
    assert parent.data.tags["mlflow.note.content"] == parent.data.tags["homestead.reason"]
    return parent


def test_a_terminated_training_is_a_failed_run(tmp_path: Path) -> None:
    process = start_training(tmp_path)
    wait_for(process, tmp_path, "train ")
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Traceback" not in output
    reason = ended_run(tmp_path).data.tags["homestead.reason"]
    assert reason.startswith("it was terminated while train ")
    *_, said, where = output.splitlines()
    assert said == f"error: {reason}"
    assert where.startswith("The whole log: ")

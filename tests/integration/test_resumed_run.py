"""A run of which a step is killed goes on at that step."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient

from tests.conftest import CHURN, settings_at
from tests.pipeline import RUN_TIMEOUT_S, start_training

pytestmark = pytest.mark.timeout(2 * RUN_TIMEOUT_S)
TAKEN_OVER = re.compile(r"^ +(\S+(?: logistic)?) +finished at .*, in an earlier attempt", re.M)


def train(home: Path, problem: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "homestead", "train", "--problem", str(problem), *options]
    environment = {**os.environ, "HOMESTEAD_HOME": str(home)}
    environment.pop("MLFLOW_TRACKING_URI", None)
    process = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_TIMEOUT_S,
        check=False,
    )
    return process.returncode, process.stdout


def kill_at(home: Path, problem: Path, step: str) -> None:
    """Start a run and kill all its processes once a step has started."""
    process = start_training(home, problem)
    started = time.monotonic()
    while not any(
        f"homestead> {step}: started" in log.read_text() for log in home.glob("runs/*/pipeline.log")
    ):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() - started < RUN_TIMEOUT_S
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def test_a_killed_run_goes_on_at_its_step(tmp_path: Path) -> None:
    home, problem = tmp_path / "home", tmp_path / "churn.yaml"
    content = yaml.safe_load(CHURN.read_text())
    content |= {
        "source": str(CHURN.parent / "churn.csv"),
        "candidates": {"logistic": content["candidates"]["logistic"]},
    }
    problem.write_text(yaml.safe_dump(content, sort_keys=False))
    kill_at(home, problem, "evaluate")
    changed = tmp_path / "changed.yaml"
    changed.write_text(problem.read_text() + "max_bad_row_share: 0.5\n")
    code, output = train(home, changed, "--resume")
    assert code == 1
    assert "its problem file was another one: max_bad_row_share differ" in output
    code, output = train(home, problem, "--resume")
    assert code == 0, output
    # Materialize runs beside select and evaluate: it may have ended, or not.
    taken = [step for step in TAKEN_OVER.findall(output) if step != "materialize"]
    assert taken == ["open_run", "prepare_data", "train logistic", "select"]
    assert "decision: promote" in output
    settings = settings_at(home)
    client = MlflowClient(settings.tracking_uri, settings.tracking_uri)
    (experiment,) = [e for e in client.search_experiments() if e.name == "churn"]
    statuses = {
        ("mlflow.parentRunId" in run.data.tags, run.info.status)
        for run in client.search_runs([experiment.experiment_id])
    }
    assert statuses == {(False, "FINISHED"), (True, "FINISHED")}
    assert len(list(home.glob("runs/*"))) == 1
    # Nothing is left to resume; the next run trains on the prepared rows, unless told not to.
    code, output = train(home, problem, "--resume")
    assert code == 1
    assert "holds no failed run of churn that can go on" in output

"""Airflow runs the project's DAGs: a real training, and one on a stand-in of Kubeflow's API."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from homestead.bundled import bundled_path
from homestead.names import DEFAULT_PROBLEM_FILE
from homestead.tracking import registry, runs
from tests.conftest import CHURN, settings_at
from tests.kubeflow import serve_api

ROOT = Path(__file__).parents[2]
UNSET = ("PYTHONPATH", "MLFLOW_TRACKING_URI", "HOMESTEAD_HOME")
DAGS = ROOT / "pipelines" / "airflow"


@dataclass(frozen=True)
class Airflow:
    """Airflow with a database of its own, whose tasks run the command of this environment."""

    program: Path
    folder: Path

    def start(self, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
        environment = {
            **{n: v for n, v in os.environ.items() if n not in UNSET},
            "AIRFLOW_HOME": str(self.folder / "airflow"),
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "HOMESTEAD_COMMAND": str(self.folder / "homestead"),
            "HOMESTEAD_FOLDER": str(self.folder),
            **variables,
        }
        return subprocess.Popen(
            [str(self.program), *arguments],
            env=environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def airflow(python_of: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    folder = tmp_path_factory.mktemp("airflow")
    command = folder / "homestead"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m homestead "$@"\n')
    command.chmod(0o755)
    airflow = Airflow(python_of("airflow") / "airflow", folder)
    migration = airflow.start("db", "migrate")
    output, _ = migration.communicate()
    assert migration.returncode == 0, output
    return airflow


def test_a_dag_trains_on_the_worker_and_the_winner_is_champion(airflow: Airflow) -> None:
    problem = yaml.safe_load(CHURN.read_text())
    problem["source"] = str(CHURN.parent / "churn.csv")
    problem["candidates"] = {"logistic": problem["candidates"]["logistic"]}
    # A name that a shell would split, and in which it would run a command.
    path = airflow.folder / 'a problem"; false "$(false).yaml'
    path.write_text(yaml.safe_dump(problem))
    configuration = json.dumps({"problem": path.name})
    process = airflow.start("dags", "test", "homestead_train", "-c", configuration)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert "decision: promote" in output
    mlflow = runs.open_client(settings_at(airflow.folder / ".homestead"))
    assert registry.champion(mlflow, "churn") is not None


def test_a_task_that_is_killed_cancels_its_run_at_kubeflow(airflow: Airflow) -> None:
    with serve_api() as api:
        api.state = "RUNNING"
        problem = str(bundled_path(DEFAULT_PROBLEM_FILE))
        configuration = json.dumps({"problem": problem})
        process = airflow.start(
            "dags", "test", "homestead_train_on_kubeflow", "-c", configuration, KFP_HOST=api.url
        )
        _wait(lambda: any(path.endswith("/runs") for path, _ in api.requests), process)
        process.send_signal(signal.SIGTERM)
        _wait(lambda: api.requests[-1][0].endswith("/runs/run-1:terminate"), process)
        output, _ = process.communicate()
        assert "it is cancelled" in output


def _wait(has_happened: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 120
    while not has_happened():
        assert time.monotonic() < deadline, process.communicate()[0]
        time.sleep(0.2)

"""The command ``homestead train`` as a process, and what must hold when it has ended."""

import os
import subprocess
import sys
from pathlib import Path

from mlflow import MlflowClient

from homestead.release.plan import read_plan
from homestead.tracking import registry
from tests.conftest import CHURN, settings_at

# A run takes a minute on an idle machine with two cores.
RUN_TIMEOUT_S = 900


def start_training(
    home: Path,
    problem: Path = CHURN,
    *options: str,
    threads: int = 1,
    one_core: bool = False,
    shards: int = 1,
) -> subprocess.Popen[str]:
    """Start a training run in a process group of its own.

    Args:
        options: of the command.
        threads: of OpenMP.
        one_core: keep the run on one core, which the number of DuckDB's threads follows.
        shards: tasks that share a long search.
    """
    environment = {**os.environ, "HOMESTEAD_HOME": str(home), "OMP_NUM_THREADS": str(threads)}
    environment["HOMESTEAD_SEARCH_SHARDS"] = str(shards)
    environment.pop("MLFLOW_TRACKING_URI", None)
    core = str(min(os.sched_getaffinity(0)))
    return subprocess.Popen(
        [
            *(["taskset", "--cpu-list", core] if one_core else []),
            *(sys.executable, "-m", "homestead", "train", "--problem", str(problem)),
            *options,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    )


def check_registry(home: Path) -> None:
    """Assert one released champion, no half-registered version, and that no run is left open."""
    settings = settings_at(home)
    client = MlflowClient(settings.tracking_uri, settings.tracking_uri)
    champion = registry.champion(client, "churn")
    assert champion is not None
    assert read_plan(settings.release_plan("churn")).champion == champion
    versions = client.search_model_versions("name = 'churn'")
    assert {version.tags["homestead.status"] for version in versions} == {"registered"}
    running = [
        run
        for experiment in client.search_experiments()
        for run in client.search_runs([experiment.experiment_id])
        if run.info.status == "RUNNING" and "mlflow.parentRunId" not in run.data.tags
    ]
    assert not running
    files = client.list_artifacts(str(versions[0].run_id))
    names = {file.path for file in files}
    assert {"certificate.json", "model_card.html", "snapshot.parquet"} <= names

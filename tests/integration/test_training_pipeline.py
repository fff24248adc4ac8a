"""The compiled pipeline on this machine, with nothing but a problem file."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mlflow import MlflowClient
from sqlalchemy import create_engine

from homestead import registry
from homestead.release import read_plan
from homestead.task_runs import latest_runs
from tests.conftest import CHURN, settings_at

# In the order of the kills: once there is a champion, a run keeps it and does not register.
STEPS = [
    *("ingest", "materialize", "training_set", "train forest", "select", "evaluate", "gate"),
    *("register", "release", "record"),
]


def command(home: Path, problem: Path = CHURN) -> subprocess.Popen[str]:
    environment = {**os.environ, "HOMESTEAD_HOME": str(home), "OMP_NUM_THREADS": "1"}
    environment.pop("MLFLOW_TRACKING_URI", None)
    return subprocess.Popen(
        [sys.executable, "-m", "homestead", "train", "--problem", str(problem)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    )


def check_registry(home: Path) -> None:
    """One champion, released; no half-registered version; every run ended but killed ones."""
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
    files = client.list_artifacts(versions[0].run_id)
    names = {file.path for file in files}
    assert {"certificate.json", "model_card.html", "snapshot.parquet"} <= names


def noted_runs(home: Path) -> set[tuple[str, str]]:
    """What servers of this home expose of the training's ends."""
    engine = create_engine(settings_at(home).database_url)
    try:
        return set(latest_runs(engine, "churn"))
    finally:
        engine.dispose()


def test_two_runs_promote_once_and_keep_the_champion(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for decision in ("promote", "keep"):
        output, _ = (process := command(home)).communicate(timeout=300)
        assert process.returncode == 0, output
        assert f"decision: {decision}" in output
    check_registry(home)
    assert noted_runs(home) == {("training", "succeeded")}
    results = [json.loads(path.read_text()) for path in home.glob("runs/*/result.json")]
    assert {result["decision"] for result in results} == {"promote", "keep"}
    for result in results:
        assert result["version"] == "1"
        assert {one["name"] for one in result["candidates"]} == {"logistic", "forest", "boosting"}
        assert all(Path(path).exists() for path in result["reports"].values())
        assert (
            result["champion_metrics"]["log_loss"]["value"] < result["baseline_metrics"]["log_loss"]
        )


def test_two_runs_at_once_leave_one_champion(tmp_path: Path) -> None:
    home = tmp_path / "home"
    both = [command(home), command(home)]
    outputs = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], "\n".join(outputs)
    check_registry(home)
    results = [json.loads(path.read_text()) for path in home.glob("runs/*/result.json")]
    # The same data and seed give the same file: both name it, whoever registered it.
    assert {(result["version"], result["model"]) for result in results} == {("1", "churn")}
    assert len({result["digest"] for result in results}) == 1


@pytest.mark.timeout(1800)
def test_killed_at_each_step_the_same_command_ends_right(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for step in STEPS:
        process = command(home)
        started = time.monotonic()
        log: Path | None = None
        while f"homestead> {step}: started" not in (log.read_text() if log else ""):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() - started < 300
            known = list(home.glob("runs/*/pipeline.log"))
            log = max(known, key=lambda path: path.stat().st_mtime, default=None)
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert log is not None
        log.unlink()
    output, _ = (process := command(home)).communicate(timeout=300)
    assert process.returncode == 0, output
    check_registry(home)


def test_a_failing_step_ends_with_its_own_message(tmp_path: Path) -> None:
    problem = tmp_path / "churn.yaml"
    problem.write_text(CHURN.read_text().replace("source: churn.csv", f"source: {tmp_path}/no.csv"))
    output, _ = (process := command(tmp_path / "home", problem)).communicate(timeout=120)
    assert process.returncode == 1
    assert f"error: ingest: {tmp_path}/no.csv: no such file" in output
    assert "Traceback" not in output
    assert noted_runs(tmp_path / "home") == {("training", "failed")}


def test_generated_files_are_up_to_date(tmp_path: Path) -> None:
    from homestead.schema import problem_schema
    from pipelines.compile import COMPILED, compile_training

    assert compile_training(tmp_path / "training.yaml").read_text() == COMPILED.read_text()
    root = CHURN.parents[2]
    assert (root / "problems" / "schema.json").read_text() == problem_schema()

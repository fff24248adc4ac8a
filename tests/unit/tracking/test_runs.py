"""Runs: parents found by pipeline run, ended with their children, and orphans marked."""

import os
import socket
import subprocess
import sys
import time

import pytest

from homestead.cli.demo.server import free_port
from homestead.errors import UserError
from homestead.settings import Settings
from homestead.tracking import runs, tags
from tests.factories import flats_problem
from tests.kubeflow import serve_api

PROBLEM = flats_problem()


def dead_process() -> str:
    """Return the id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return str(process.pid)


def test_runs_of_killed_processes_are_ended_and_those_of_others_are_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = runs.open_client(settings)
    started = {}
    dead = dead_process()
    for owner, pid in {"killed": dead, "running": str(os.getpid()), "pod": ""}.items():
        monkeypatch.setenv(runs.RUNNER_PID, pid)
        started[owner] = runs.start_run(mlflow, settings, PROBLEM, {})
        if owner == "killed":
            experiment_id = mlflow.get_run(started[owner]).info.experiment_id
            child = mlflow.create_run(experiment_id, tags={tags.PARENT_RUN: started[owner]})
    elsewhere = runs.start_run(mlflow, settings, PROBLEM, {})
    mlflow.set_tag(elsewhere, tags.HOST, f"not-{socket.gethostname()}")
    mlflow.set_tag(elsewhere, tags.PID, dead)
    runs.start_run(mlflow, settings, PROBLEM, {})
    statuses = {name: mlflow.get_run(run_id).info.status for name, run_id in started.items()}
    assert statuses == {"killed": "KILLED", "running": "RUNNING", "pod": "RUNNING"}
    killed = mlflow.get_run(started["killed"]).data.tags
    assert "as one does that is killed" in killed["mlflow.note.content"]
    assert mlflow.get_run(child.info.run_id).info.status == "KILLED"
    assert mlflow.get_run(elsewhere).info.status == "RUNNING"


def test_a_run_that_was_terminated_on_kubeflow_is_ended_by_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = runs.open_client(settings)
    monkeypatch.setenv(runs.RUNNER_PID, "")
    with serve_api() as api:
        api.state = "RUNNING"
        host, _, port = api.url.removeprefix("http://").partition(":")
        monkeypatch.setenv("ML_PIPELINE_SERVICE_HOST", host)
        monkeypatch.setenv("ML_PIPELINE_SERVICE_PORT", port)
        started = {}
        for name in ("terminated", "completed", "running"):
            started[name] = runs.start_run(mlflow, settings, PROBLEM, {tags.PIPELINE_RUN: name})
        experiment_id = mlflow.get_run(started["terminated"]).info.experiment_id
        child = mlflow.create_run(
            experiment_id, tags={tags.PARENT_RUN: started["terminated"], tags.PIPELINE_RUN: "x"}
        )
        # The backend calls a terminated run failed, and runs no exit handler.
        api.states["terminated"] = "FAILED"
        # MLflow was away when this one's last step was to end it.
        mlflow.set_tag(started["completed"], tags.COMPLETED, "true")
        api.states["completed"] = "SUCCEEDED"
        runs.start_run(mlflow, settings, PROBLEM, {tags.PIPELINE_RUN: "next"})
    statuses = {name: mlflow.get_run(run_id).info.status for name, run_id in started.items()}
    assert statuses == {"terminated": "KILLED", "completed": "FINISHED", "running": "RUNNING"}
    assert mlflow.get_run(child.info.run_id).info.status == "KILLED"


@pytest.mark.parametrize("host", ["", "127.0.0.1"])
def test_where_no_backend_answers_an_open_run_ends_after_two_days(
    host: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = runs.open_client(settings)
    monkeypatch.setenv("ML_PIPELINE_SERVICE_HOST", host)
    monkeypatch.setenv("ML_PIPELINE_SERVICE_PORT", str(free_port()))
    monkeypatch.setenv(runs.RUNNER_PID, "")
    recent = runs.start_run(mlflow, settings, PROBLEM, {tags.PIPELINE_RUN: "recent"})
    experiment_id = mlflow.get_run(recent).info.experiment_id
    start_ms = round((time.time() - 49 * 3600) * 1000)
    old_tags = {**runs.process_tags(""), tags.PIPELINE_RUN: "old"}
    old = mlflow.create_run(experiment_id, start_time=start_ms, tags=old_tags)
    # A pod of the plain job, whose process nobody can ask for any more.
    pod_tags = {**runs.process_tags("7"), tags.HOST: "train-1-x7x2k", tags.PIPELINE_RUN: "job"}
    pod = mlflow.create_run(experiment_id, start_time=start_ms, tags=pod_tags)
    runs.start_run(mlflow, settings, PROBLEM, {tags.PIPELINE_RUN: "next"})
    assert mlflow.get_run(recent).info.status == "RUNNING"
    assert mlflow.get_run(old.info.run_id).info.status == "KILLED"
    assert mlflow.get_run(pod.info.run_id).info.status == "KILLED"


def test_a_parent_run_is_found_by_its_pipeline_run(settings: Settings) -> None:
    mlflow = runs.open_client(settings)
    assert runs.find_run(mlflow, PROBLEM.name, "p1") is None
    run_id = runs.start_run(mlflow, settings, PROBLEM, {tags.PIPELINE_RUN: "p1"})
    assert runs.find_run(mlflow, PROBLEM.name, "p2") is None
    run = runs.find_run(mlflow, PROBLEM.name, "p1")
    assert run is not None
    assert run.info.run_id == run_id


def test_an_experiment_that_was_deleted_is_restored(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    mlflow = runs.open_client(settings)
    first = runs.start_run(mlflow, settings, PROBLEM, {tags.PIPELINE_RUN: "p1"})
    mlflow.delete_experiment(mlflow.get_run(first).info.experiment_id)
    runs.start_run(mlflow, settings, PROBLEM, {tags.PIPELINE_RUN: "p2"})
    assert f"experiment {PROBLEM.name} had been deleted: restored" in caplog.text
    for pipeline_run in ("p1", "p2"):
        assert runs.find_run(mlflow, PROBLEM.name, pipeline_run) is not None


def test_a_missing_artifact_names_run_and_file(settings: Settings) -> None:
    mlflow = runs.open_client(settings)
    run_id = runs.start_run(mlflow, settings, PROBLEM, {})
    mlflow.log_text(run_id, "text", "note.txt")
    assert runs.read_text(mlflow, run_id, "note.txt") == "text"
    with pytest.raises(UserError, match=rf"run {run_id}: cannot read certificate\.json"):
        runs.read_text(mlflow, run_id, "certificate.json")


def test_the_commit_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMESTEAD_COMMIT", "c0ffee")
    assert runs.current_commit() == "c0ffee"


def test_a_placeholder_in_place_of_a_run_s_id_is_refused(settings: Settings) -> None:
    mlflow = runs.open_client(settings)
    literal = "{{$.pipeline_job_uuid}}"
    with pytest.raises(
        UserError, match=r"pipeline_run: found the placeholder \{\{\$\.pipeline_job"
    ):
        runs.start_run(mlflow, settings, PROBLEM, {tags.PIPELINE_RUN: literal})
    with pytest.raises(UserError, match="allowed is the id of a run"):
        runs.find_run(mlflow, PROBLEM.name, literal)

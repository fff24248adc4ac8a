"""Runs: parents found by pipeline run, ended with their children, and orphans marked."""

import os
import re
import socket
import subprocess
import sys

import pytest

from homestead.errors import UserError
from homestead.settings import Settings
from homestead.tracking import runs, tags
from tests.factories import flats_problem

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
    assert mlflow.get_run(child.info.run_id).info.status == "KILLED"
    assert mlflow.get_run(elsewhere).info.status == "RUNNING"


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


def test_pages_of_a_run_have_addresses_only_on_a_server_or_where_people_open_them(
    settings: Settings,
) -> None:
    mlflow = runs.open_client(settings)
    run_id = runs.start_run(mlflow, settings, PROBLEM, {})
    pages = {"Comparison": "comparison.html"}
    assert runs.page_links(mlflow, settings, run_id, pages) == {}
    # On a cluster the steps reach MLflow at an address that no browser outside of it knows.
    public = settings.model_copy(update={"tracking_pages": "https://mlflow.example.com/"})
    links = runs.page_links(mlflow, public, run_id, pages)
    address = rf"https://mlflow\.example\.com/#/experiments/\d+/runs/{run_id}"
    assert re.fullmatch(address, links["Run in MLflow"])
    assert links["Comparison"] == f"{links['Run in MLflow']}/artifacts/comparison.html"

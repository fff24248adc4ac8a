"""Recorded inputs of versions whose records are incomplete."""

import hashlib
import platform
import subprocess
from pathlib import Path

from homestead.names import ENVIRONMENT_FILE, LABELLED_ROWS_FILE, PROBLEM_FILE
from homestead.problem.loader import dump_problem
from homestead.settings import Settings
from homestead.steps.history.reproduction.recorded_inputs import recorded_inputs
from homestead.tracking import registry, runs, tags
from tests.history import homes_problem, register_file
from tests.small_models import small_onnx


def _git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_what_was_not_recorded_is_missing_and_the_version_is_not_built(
    settings: Settings, tmp_path: Path
) -> None:
    mlflow = runs.open_client(settings)
    register_file(mlflow, "homes", small_onnx(), tmp_path)
    [version] = registry.versions(mlflow, "homes")
    inputs = recorded_inputs(mlflow, "homes", version, settings.home)
    assert inputs.problem is None
    assert {check.name: check.state for check in inputs.checks} == dict.fromkeys(
        ("problem file", "seed", "code", "packages"), "missing"
    )
    # A table that was changed since, of which git has the version of then.
    table = tmp_path / "homes.csv"
    table.write_text("id\n1\n")
    _git(tmp_path, "init", "--quiet")
    _git(tmp_path, "add", "homes.csv")
    _git(tmp_path, "commit", "--quiet", "-m", "one")
    commit = _git(tmp_path, "rev-parse", "HEAD")
    problem = homes_problem(source=str(table))
    run = runs.start_run(
        mlflow,
        settings,
        problem,
        {tags.DATA_VERSION: f"dvc://{tmp_path}@{commit}/homes.csv", tags.ENVIRONMENT: "other"},
    )
    mlflow.log_text(run, dump_problem(problem), PROBLEM_FILE)
    mlflow.log_text(run, "python==2.7\n", ENVIRONMENT_FILE)
    for name, value in {
        tags.RUN: run,
        tags.DATA_HASH: "a6" * 32,
        tags.CANDIDATE: "gone",
        tags.COMMIT: f"{commit}-dirty",
    }.items():
        mlflow.set_model_version_tag("homes", "1", name, value)
    checks = {
        check.name: check
        for check in recorded_inputs(mlflow, "homes", version, settings.home).checks
    }
    assert checks["data"].state == "differs"
    assert "name a copy of the recorded data with --data" in checks["data"].explanation
    assert "with changes that were not committed" in checks["code"].explanation
    assert f"python 2.7, here {platform.python_version()}" in checks["packages"].explanation
    assert checks["data"].is_needed
    table.write_text("id\n2\n")
    # The version in DVC or git has the bytes that the working folder has no more.
    mlflow.set_model_version_tag(
        "homes", "1", tags.DATA_HASH, hashlib.sha256(b"id\n1\n").hexdigest()
    )
    checks = {
        check.name: check
        for check in recorded_inputs(mlflow, "homes", version, settings.home).checks
    }
    assert checks["data"].state == "same"
    assert commit in checks["data"].recorded
    assert checks["candidate"].explanation.startswith("gone is recorded, the problem file as it")
    # Labelled predictions that are gone, or others than were trained on.
    mlflow.set_tag(run, tags.LABELS_HASH, "c3" * 32)
    inputs = recorded_inputs(mlflow, "homes", version, settings.home)
    check = next(check for check in inputs.checks if check.name == "labels")
    assert (check.state, check.is_needed, inputs.labelled) == ("missing", True, None)
    mlflow.log_text(run, "other", LABELLED_ROWS_FILE)
    checks = {
        check.name: check
        for check in recorded_inputs(mlflow, "homes", version, settings.home).checks
    }
    assert checks["labels"].state == "differs"
    assert checks["labels"].explanation.startswith("recorded c3c3c3c3c3c3, labelled_rows.parquet")

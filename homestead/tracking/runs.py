"""MLflow as the record of runs: one parent a pipeline run, one child a candidate."""

import json
import os
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homestead.database.locks import exclusive_lock, is_running
from homestead.errors import UserError
from homestead.files import read_uri
from homestead.names import TAG_PREFIX, TRIALS_FILE
from homestead.problem.schema import Problem
from homestead.settings import Settings

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from homestead.training.search import TrainedCandidate

os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
RUNNER_PID = "HOMESTEAD_RUNNER_PID"


def open_client(settings: Settings) -> "MlflowClient":
    """A client of the settings' store. A new sqlite store is made by one process at a time."""
    import mlflow
    from mlflow import MlflowClient

    settings.folder()
    # The client looks logged models up by the process's own setting.
    mlflow.set_tracking_uri(settings.tracking_uri)
    with exclusive_lock(settings, "mlflow-store"):
        found = MlflowClient(settings.tracking_uri, settings.tracking_uri)
        found.search_experiments(max_results=1)
        return found


def current_commit() -> str:
    """The git commit of the working folder with ``-dirty`` where it was changed; '' without one."""
    given = os.environ.get("HOMESTEAD_COMMIT")
    if given is not None:
        return given
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def start_run(
    mlflow: "MlflowClient", settings: Settings, problem: Problem, tags: dict[str, str]
) -> str:
    """A parent run of the problem's experiment; returns its id."""
    with exclusive_lock(settings, "mlflow-store"):
        experiment = mlflow.get_experiment_by_name(problem.name)
        if experiment is None:
            place = None
            if settings.tracking_uri.startswith("sqlite"):
                place = settings.folder("mlartifacts", problem.name).as_uri()
            identity = mlflow.create_experiment(problem.name, artifact_location=place)
        else:
            identity = experiment.experiment_id
    _sweep(mlflow, identity)
    runner = os.environ.get(RUNNER_PID, "")
    named = {f"{TAG_PREFIX}{key}": value for key, value in {**tags, **_owner(runner)}.items()}
    return str(mlflow.create_run(identity, tags=named, run_name="training").info.run_id)


def _owner(pid: str) -> dict[str, str]:
    """Whose run it is: a process of this machine, or with no ``pid`` one that a cluster keeps."""
    return {"host": socket.gethostname(), "pid": pid}


def _sweep(mlflow: "MlflowClient", experiment: str) -> None:
    """Mark the runs of killed processes of this machine, which could not do it themselves."""
    mine = f"attributes.status = 'RUNNING' and tags.`{TAG_PREFIX}host` = '{socket.gethostname()}'"
    for run in mlflow.search_runs([experiment], mine):
        pid = run.data.tags.get(f"{TAG_PREFIX}pid", "")
        if pid and not is_running(int(pid)):
            finish_run(mlflow, experiment, run.info.run_id, "KILLED")


def finish_run(mlflow: "MlflowClient", experiment: str, run_id: str, status: str) -> None:
    """End a parent run, and those of its children that are still open."""
    children = mlflow.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run_id}'")
    for child in children:
        if child.info.status == "RUNNING":
            mlflow.set_terminated(child.info.run_id, "KILLED")
    mlflow.set_terminated(run_id, status)


def find_run(mlflow: "MlflowClient", problem: str, pipeline_run: str) -> Any:
    """The parent run of a pipeline run, or None where it never began."""
    experiment = mlflow.get_experiment_by_name(problem)
    if experiment is None:
        return None
    found = mlflow.search_runs(
        [experiment.experiment_id], f"tags.`{TAG_PREFIX}pipeline_run` = '{pipeline_run}'"
    )
    return found[0] if found else None


def read_text(mlflow: "MlflowClient", run_id: str, name: str) -> str:
    """The artifact ``name`` of a run.

    Raises:
        UserError: the run has no such artifact, or it can't be had.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            return Path(mlflow.download_artifacts(run_id, name, folder)).read_text()
        except Exception as error:
            # Artifact stores raise errors of their own for what is not there and for networks.
            raise UserError(f"run {run_id}: {name} can't be read: {error}") from None


def log_candidate(
    mlflow: "MlflowClient",
    parent: str,
    problem: Problem,
    trained: "TrainedCandidate",
    tags: dict[str, str],
) -> dict[str, Any]:
    """A candidate's run with parameters, metrics and the ONNX model.

    Returns:
        What later steps need: name, run_id, model_id, uri (of ``model.onnx``), digest,
        validation (metrics), params.

    Raises:
        UserError: the stored file is not the one that was trained.
    """
    import hashlib

    import mlflow as fluent
    import numpy as np
    import onnx
    from mlflow import onnx as flavour
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    experiment = mlflow.get_run(parent).info.experiment_id
    step = str(os.getpid()) if os.environ.get(RUNNER_PID) else ""
    named = {f"{TAG_PREFIX}{key}": value for key, value in {**tags, **_owner(step)}.items()}
    named |= {"mlflow.parentRunId": parent, f"{TAG_PREFIX}candidate": trained.name}
    run = mlflow.create_run(experiment, tags=named, run_name=trained.name)
    run_id = run.info.run_id
    for key, value in trained.params.items():
        mlflow.log_param(run_id, key, value)
    for key, value in trained.validation.items():
        mlflow.log_metric(run_id, f"validation_{key}", value)
    mlflow.log_metric(run_id, "onnx_disagreement", trained.disagreement)
    mlflow.log_dict(
        run_id, {"trials": json.loads(json.dumps(trained.trials, default=str))}, TRIALS_FILE
    )
    inputs = TensorSpec(np.dtype("float64"), (-1, len(problem.features)), "X")
    shape = (
        (-1,)
        if problem.task == "regression"
        else (-1, len(problem.category_codes(problem.target) or ()))
    )
    output = "prediction" if problem.task == "regression" else "probabilities"
    signature = ModelSignature(
        Schema([inputs]), Schema([TensorSpec(np.dtype("float64"), shape, output)])
    )
    fluent.set_tracking_uri(mlflow.tracking_uri)
    with fluent.start_run(run_id=run_id):
        info = flavour.log_model(
            onnx.load_from_string(trained.onnx),
            name="model",
            signature=signature,
            pip_requirements=["onnxruntime", "numpy"],
        )
    digest = hashlib.sha256(trained.onnx).hexdigest()
    location = mlflow.get_logged_model(info.model_id).artifact_location.rstrip("/")
    found = hashlib.sha256(read_uri(f"{location}/model.onnx")).hexdigest()
    if found != digest:
        raise UserError(f"candidate {trained.name}: stored {found[:12]}, trained {digest[:12]}")
    mlflow.set_tag(run_id, f"{TAG_PREFIX}digest", digest)
    return {
        "name": trained.name,
        "run_id": run_id,
        "model_id": info.model_id,
        "uri": f"{location}/model.onnx",
        "digest": digest,
        "validation": trained.validation,
        "params": {key: str(value) for key, value in trained.params.items()},
    }

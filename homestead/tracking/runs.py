"""Runs in MLflow: one parent run for each pipeline run, one child run for each candidate."""

import logging
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import LifecycleStage, Run
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from homestead.database.locks import exclusive_lock, is_process_running
from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.tracking import tags
from homestead.tracking.artifact_errors import TrackingClient
from homestead.tracking.kubeflow_runs import has_ended
from homestead.tracking.moved_home import artifact_location, follow_moved_home
from homestead.tracking.openlineage.emit import emit_run
from homestead.tracking.pages.experiments import complete_experiment, experiment_tags, run_name
from homestead.tracking.wandb_mirror.mirror import mirror_run

os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
_LOG = logging.getLogger(__name__)
RUNNER_PID = "HOMESTEAD_RUNNER_PID"
_STORE_LOCK = "mlflow-store"
_TRACKING_VARIABLE = "MLFLOW_TRACKING_URI"
# More than the time limits of all steps and their retries allow: an open run of this age is dead.
_LONGEST_RUN_S = 48 * 3600
_KILLED = "its process or pod ended before it could record why, as one does that is killed"


def open_client(settings: Settings) -> MlflowClient:
    """Open a client of the tracking store and registry.

    A new sqlite store is created by one process at a time. One that was moved with its home
    refers to the artifacts in the new place afterwards.
    """
    import mlflow

    settings.folder()
    # The client looks up logged models by the process-wide tracking URI, not by its own.
    before = os.environ.get(_TRACKING_VARIABLE)
    mlflow.set_tracking_uri(settings.tracking_uri)
    # MLflow sets it, and settings of another home that are read later would be this one's.
    if before is None:
        os.environ.pop(_TRACKING_VARIABLE, None)
    else:
        os.environ[_TRACKING_VARIABLE] = before
    with exclusive_lock(settings, _STORE_LOCK):
        client = TrackingClient(settings.tracking_uri, settings.tracking_uri)
        client.search_experiments(max_results=1)
        follow_moved_home(client, settings)
        return client


def open_existing(settings: Settings) -> MlflowClient | None:
    """Open a client as :func:`open_client`; None where opening would make the home's own store."""
    is_new = settings.has_own_registry and not settings.tracking_file.exists()
    return None if is_new else open_client(settings)


def open_reader(settings: Settings) -> MlflowClient:
    """Open a client for reading, without a change of the process-wide tracking URI.

    A home that was moved is repaired as by :func:`open_client`, since its artifacts could not be
    read; one that may not be written is read as it is.
    """
    client = TrackingClient(settings.tracking_uri, settings.tracking_uri)
    if settings.has_own_registry and os.access(settings.home, os.W_OK):
        with exclusive_lock(settings, _STORE_LOCK):
            follow_moved_home(client, settings)
    return client


def current_commit() -> str:
    """Return the git commit of the working folder, or '' outside of a repository.

    Uncommitted changes add the suffix ``-dirty``. ``HOMESTEAD_COMMIT`` takes precedence.
    """
    configured = os.environ.get("HOMESTEAD_COMMIT")
    if configured is not None:
        return configured
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    process = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return process.stdout.strip() if process.returncode == 0 else ""


def start_run(
    mlflow: MlflowClient, settings: Settings, problem: Problem, run_tags: Mapping[str, str]
) -> str:
    """Start a parent run in the problem's experiment and return its id.

    Args:
        run_tags: tag values by the names of :mod:`homestead.tracking.tags`.

    Raises:
        UserError: as :func:`require_resolved`, for the tag of the pipeline run.
    """
    require_resolved(run_tags.get(tags.PIPELINE_RUN, ""))
    with exclusive_lock(settings, _STORE_LOCK):
        experiment = mlflow.get_experiment_by_name(problem.name)
        if experiment is None:
            location = None
            if settings.tracking_uri.startswith("sqlite"):
                location = artifact_location(settings, problem.name)
            experiment_id = mlflow.create_experiment(
                problem.name, artifact_location=location, tags=experiment_tags(problem)
            )
        else:
            experiment_id = experiment.experiment_id
            if experiment.lifecycle_stage == LifecycleStage.DELETED:
                mlflow.restore_experiment(experiment_id)
                _LOG.warning("MLflow's experiment %s had been deleted: restored", problem.name)
            complete_experiment(mlflow, experiment, problem)
    _end_orphaned_runs(mlflow, settings, experiment_id)
    pid = os.environ.get(RUNNER_PID, "")
    run = mlflow.create_run(
        experiment_id, tags={**run_tags, **process_tags(pid)}, run_name=run_name(problem.name)
    )
    emit_run(mlflow, run.info.run_id, "RUNNING", _LOG.warning)
    return str(run.info.run_id)


def process_tags(pid: str) -> dict[str, str]:
    """Return the tags that name a run's process.

    Args:
        pid: a process of this machine; '' for a run whose end a cluster takes care of.
    """
    return {tags.HOST: socket.gethostname(), tags.PID: pid}


def _end_orphaned_runs(mlflow: MlflowClient, settings: Settings, experiment_id: str) -> None:
    """End runs that could not end themselves.

    They were killed with their process or pod, or terminated; or they were completed while MLflow
    was away.
    """
    for run in mlflow.search_runs([experiment_id], "attributes.status = 'RUNNING'"):
        if tags.PARENT_RUN not in run.data.tags and _is_orphaned(run):
            if tags.COMPLETED not in run.data.tags:
                explain_end(mlflow, settings, run, _KILLED)
                finish_run(mlflow, settings, run, "KILLED")
            else:
                finish_run(mlflow, settings, run, "FINISHED")


def _is_orphaned(run: Run) -> bool:
    pid = run.data.tags.get(tags.PID, "")
    if pid and run.data.tags.get(tags.HOST) == socket.gethostname():
        return not is_process_running(int(pid))
    ended = None if pid else has_ended(run.data.tags.get(tags.PIPELINE_RUN, ""))
    if ended is None:
        return bool(time.time() - run.info.start_time / 1000 > _LONGEST_RUN_S)
    return ended


def finish_run(
    mlflow: MlflowClient,
    settings: Settings,
    run: Run,
    status: str,
    report: Callable[[str], None] = _LOG.warning,
) -> None:
    """End a parent run with ``status``, and mark its open child runs as killed.

    Weights & Biases gets a copy of them if its variables are set, OpenLineage's endpoint an event.
    """
    run_id = run.info.run_id
    children = mlflow.search_runs(
        [run.info.experiment_id], f"tags.`{tags.PARENT_RUN}` = '{run_id}'"
    )
    for child in children:
        if child.info.status == "RUNNING":
            mlflow.set_terminated(child.info.run_id, "KILLED")
    mlflow.set_terminated(run_id, status)
    emit_run(mlflow, run_id, status, report)
    mirror_run(mlflow, settings, run_id, report)


def explain_end(mlflow: MlflowClient, settings: Settings, run: Run, reason: str) -> None:
    """Say on a failed run's page why it ended: in our tag, and in MLflow's description."""
    run_id = run.info.run_id
    mlflow.set_tag(run_id, tags.REASON, reason)
    mlflow.set_tag(run_id, MLFLOW_RUN_NOTE, reason)
    if mlflow.get_run(run_id).info.status != "RUNNING":
        mirror_run(mlflow, settings, run_id, _LOG.warning)


def find_run(mlflow: MlflowClient, problem: str, pipeline_run: str) -> Run | None:
    """Return the parent run of a pipeline run, or None if it was never started.

    Raises:
        UserError: as :func:`require_resolved`.
    """
    require_resolved(pipeline_run)
    experiment = mlflow.get_experiment_by_name(problem)
    if experiment is None:
        return None
    matching: list[Run] = mlflow.search_runs(
        [experiment.experiment_id], f"tags.`{tags.PIPELINE_RUN}` = '{pipeline_run}'"
    )
    return matching[0] if matching else None


def require_resolved(pipeline_run: str) -> None:
    """Refuse a placeholder in place of a pipeline run's id, which all runs would share.

    Raises:
        UserError: the id is a placeholder that the pipeline's backend did not replace.
    """
    if "{{$." in pipeline_run:
        raise UserError(
            f"pipeline_run: found the placeholder {pipeline_run}, allowed is the id of a run;"
            " the backend replaces it only where it is a task's argument in the pipeline, not the"
            " default of a pipeline parameter"
        )


def read_text(mlflow: MlflowClient, run_id: str, name: str) -> str:
    """Return the text of a run's artifact.

    Raises:
        UserError: the run has no artifact ``name``, or it cannot be downloaded.
    """
    with tempfile.TemporaryDirectory() as folder:
        content = download_artifact(mlflow, run_id, name, Path(folder)).read_bytes()
    return content.decode()


def download_artifact(mlflow: MlflowClient, run_id: str, name: str, folder: Path) -> Path:
    """Write a run's artifact to a folder, and return its path there.

    Raises:
        UserError: as :func:`read_text`.
    """
    try:
        return Path(mlflow.download_artifacts(run_id, name, str(folder)))
    except Exception as error:
        # Each artifact store raises its own errors for missing files and network failures.
        raise UserError(f"run {run_id}: cannot read {name}: {error}") from None

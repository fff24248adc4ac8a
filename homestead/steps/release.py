"""Release: let the servers answer with what the training registered, as the problem file says."""

from collections.abc import Callable

from mlflow import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from homestead.names import CHALLENGER, RELEASES_FOLDER
from homestead.problem.schema import Problem
from homestead.release.plan import ModelVersion
from homestead.release.plan_store import open_plan_store
from homestead.release.record import ReleaseRecord
from homestead.settings import Settings
from homestead.steps.finalize_run import record_outcome
from homestead.steps.releases.certificates import certify_plan
from homestead.steps.releases.certified import ReleaseRefusedError
from homestead.steps.releases.controller import Controller, describe_state
from homestead.steps.releases.records import open_records
from homestead.steps.releases.start import (
    adopt_champion,
    begin_waiting,
    start_release,
)
from homestead.tracking import registry, runs, tags
from homestead.tracking.pages.addresses import page_links


def release_after_training(
    problem: Problem,
    settings: Settings,
    run_id: str,
    registered: bool,
    report: Callable[[str], None],
) -> ReleaseRecord | None:
    """Start the release of the version that a training run registered, and return it.

    The step also runs if the champion was kept: a run that was killed between registration and
    release left a version that nothing releases. As the last step it tags the parent run as
    completed.

    Args:
        registered: whether this run registered its winner.

    Returns:
        The release that was started or goes on; None if there is nothing to release.

    Raises:
        UserError: the model file is not the registered one, or has no certificate that promotes
            it.
    """
    mlflow = runs.open_client(settings)
    with open_records(settings) as records:
        controller = Controller(problem, settings, records, report=report)
        wanted = None
        if registered:
            version = mlflow.get_run(run_id).data.tags[tags.VERSION]
            wanted = registry.version_of_number(mlflow, problem.name, version)
        record = release_registered(controller, wanted, run_id)
    if record is None:
        report("there is nothing to release")
    elif record.run_id == run_id:
        mlflow.set_tag(run_id, tags.RELEASE, record.id)
        report(
            f"release {record.id} of version {record.challenger.version}: {describe_state(record)}"
        )
        note = _release_note(mlflow, settings, record)
        report(note)
        summary = mlflow.get_run(run_id).data.tags.get(MLFLOW_RUN_NOTE, "")
        if note not in summary:
            mlflow.set_tag(run_id, MLFLOW_RUN_NOTE, f"{summary}\n{note}".lstrip())
    else:
        report(f"release {record.id} stays: {describe_state(record)}")
    mlflow.set_tag(run_id, tags.COMPLETED, "true")
    _end_again(mlflow, problem.name, settings, run_id, report)
    return record


def _end_again(
    mlflow: MlflowClient,
    problem: str,
    settings: Settings,
    run_id: str,
    report: Callable[[str], None],
) -> None:
    """Record the success of a run that was recorded as failed before it went on.

    A run resumed on Kubeflow: the backend keeps the recording of the first end, which succeeded,
    and runs none again. Here it would leave the run failed in MLflow and in the servers' metrics.
    """
    run = mlflow.get_run(run_id)
    if run.info.status == "FAILED":
        pipeline_run = run.data.tags[tags.PIPELINE_RUN]
        record_outcome(problem, settings, pipeline_run, state="SUCCEEDED", report=report)


def release_registered(
    controller: Controller, wanted: ModelVersion | None = None, run_id: str = ""
) -> ReleaseRecord | None:
    """Release a version, or what an interrupted run left unreleased; complete what is under way.

    Args:
        wanted: a registered version.

    Returns:
        The release that the plan follows afterwards, or that waits; None if there is none.

    Raises:
        UserError: as :func:`homestead.steps.releases.start.start_release`, except that a refusal
            is only reported: the champion keeps its place.
    """
    name = controller.problem.name
    certify_plan(name, controller.settings, controller.report)
    wanted = wanted or _unreleased(controller)
    ruling = controller.settle()
    if wanted is not None:
        try:
            return start_release(controller, wanted, run_id=run_id)
        except ReleaseRefusedError as refusal:
            controller.report(f"not released: {refusal}")
            _forget_challenger(controller, wanted)
    if ruling is None:
        return adopt_champion(controller)
    return begin_waiting(controller) or controller.records.ruling(name)


def check_release_target(problem: str, settings: Settings) -> None:
    """Check, before a model is trained, that a release plan can be written.

    Raises:
        UserError: it cannot; the message holds the commands that make what is missing.
    """
    open_plan_store(settings, problem).check()


def _release_note(mlflow: MlflowClient, settings: Settings, record: ReleaseRecord) -> str:
    """Return where a release's report is, which the controller writes: Markdown."""
    version = record.challenger.version
    artifact = f"{RELEASES_FOLDER}/{record.id}.html"
    run_id = registry.version_run_id(mlflow, record.problem, version)
    links = page_links(mlflow, settings, run_id, {"report": artifact})
    where = f"[report]({links['report']})" if links else f"report: {artifact} of run {run_id}"
    return f"Release {record.id} of version {version}, {where}"


def _unreleased(controller: Controller) -> ModelVersion | None:
    """Return the registry's challenger if no release was ever started for it."""
    name = controller.problem.name
    challenger = registry.challenger(controller.mlflow, name)
    if challenger is None or controller.records.of_digest(name, challenger.digest) is not None:
        return None
    return challenger


def _forget_challenger(controller: Controller, version: ModelVersion) -> None:
    """Take the alias away from a version that may not be released, so that none asks again."""
    name, mlflow = controller.problem.name, controller.mlflow
    if registry.aliases(mlflow, name).get(CHALLENGER) == version.version:
        registry.set_aliases(mlflow, name, {CHALLENGER: None})

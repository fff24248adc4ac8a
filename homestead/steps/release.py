"""Release: write the registry's champion into the release plan that servers follow."""

from collections.abc import Callable

from homestead.database.locks import exclusive_lock
from homestead.model.onnx_model import read_model
from homestead.release.plan import ModelVersion, ReleasePlan
from homestead.release.plan_store import open_plan_store
from homestead.settings import Settings
from homestead.steps.releases.certificates import certified_version, certify_plan
from homestead.tracking import registry, runs, tags


def release_after_training(
    problem: str, settings: Settings, run_id: str, registered: bool, report: Callable[[str], None]
) -> None:
    """Release the champion at the end of a training run.

    The step also runs if the champion was kept: a run that was killed between registration and
    release left a champion that no plan names. As the last step it tags the parent run as
    completed.

    Args:
        registered: whether this run's winner is the champion; the parent run is then tagged with
            the version.

    Raises:
        UserError: as :func:`release_champion`.
    """
    version = release_champion(problem, settings, report)
    mlflow = runs.open_client(settings)
    if version is None:
        report("there is no champion to release")
    else:
        if registered:
            mlflow.set_tag(run_id, tags.VERSION, version.version)
        report(f"version {version.version} is released")
    mlflow.set_tag(run_id, tags.COMPLETED, "true")


def check_release_target(problem: str, settings: Settings) -> None:
    """Check, before a model is trained, that a release plan can be written.

    Raises:
        UserError: it cannot; the message holds the commands that make what is missing.
    """
    open_plan_store(settings, problem).check()


def release_champion(
    problem: str, settings: Settings, report: Callable[[str], None] = lambda _: None
) -> ModelVersion | None:
    """Release the registry's champion and return it; None if there is none.

    A plan that already names it stays as it is, with its challenger and traffic share.

    Raises:
        UserError: the model file is not the registered one, or has no certificate that promotes
            it.
    """
    mlflow = runs.open_client(settings)
    with exclusive_lock(settings, f"release-{problem}"):
        version = registry.champion(mlflow, problem)
        if version is None:
            return None
        read_model(version.uri, version.digest)
        version = certified_version(mlflow, settings, problem, version)
        certify_plan(problem, settings, report)
        store = open_plan_store(settings, problem)
        plan = store.read()
        if plan is None or plan.champion != version:
            store.write(ReleasePlan(problem=problem, champion=version), expected=plan)
    return version

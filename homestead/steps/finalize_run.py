"""Finalize run: record how a training run ended, whatever happened before."""

from collections.abc import Callable

from homestead.database.job_runs import JobOutcome, write_job_run
from homestead.settings import Settings
from homestead.tracking import runs, tags

_COMPLETE = ("COMPLETE", "SUCCEEDED")


def record_outcome(
    problem: str,
    settings: Settings,
    pipeline_run: str,
    *,
    state: str,
    report: Callable[[str], None],
) -> None:
    """Record the outcome in the table of job runs, and end the parent run in MLflow.

    The servers expose the table as metrics. A run that fails as it opens has no parent run.

    Args:
        state: of the pipeline's steps, as its backend tells it. Kubeflow says RUNNING both of a
            run in which a pod died and of one whose training came from the cache. So a run has
            succeeded if its last step tagged the parent run.
    """
    settings.folder()
    # All that is known while MLflow is away.
    run, failed = None, state not in _COMPLETE
    try:
        mlflow = runs.open_client(settings)
        run = runs.find_run(mlflow, problem, pipeline_run)
        failed = state == "FAILED" or run is None or tags.COMPLETED not in run.data.tags
    finally:
        report("the run failed" if failed else "the run is complete")
        outcome: JobOutcome = "failed" if failed else "succeeded"
        write_job_run(settings.database_url, problem, "training", outcome)
    if run is not None:
        runs.finish_run(mlflow, settings, run, "FAILED" if failed else "FINISHED", report)

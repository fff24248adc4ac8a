"""Mirror: copy the ended runs of a problem to Weights & Biases."""

from collections.abc import Callable

from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.tracking import runs, tags
from homestead.tracking.wandb_mirror.activation import activating_variable, missing_package
from homestead.tracking.wandb_mirror.mirror import mirror_run


def mirror_problem(problem: Problem, settings: Settings, report: Callable[[str], None]) -> None:
    """Copy every ended parent run with its child runs, the oldest first; nothing twice.

    Raises:
        UserError: no variable of W&B is set, or its package is not installed.
    """
    if activating_variable() is None:
        raise UserError(
            "mirror: found no variable of Weights & Biases, allowed is WANDB_API_KEY or"
            " WANDB_MODE=offline, with WANDB_PROJECT"
        )
    if missing := missing_package():
        raise UserError(missing)
    mlflow = runs.open_client(settings)
    experiment = mlflow.get_experiment_by_name(problem.name)
    if experiment is None:
        report(f"MLflow has no runs of {problem.name}")
        return
    # Of the store's pages, one after the other.
    token: str | None = None
    while True:
        page = mlflow.search_runs(
            [experiment.experiment_id],
            "attributes.status != 'RUNNING'",
            order_by=["attributes.start_time ASC"],
            page_token=token,
        )
        for run in page:
            if tags.PARENT_RUN not in run.data.tags:
                mirror_run(mlflow, settings, run.info.run_id, report)
        token = page.token
        if not token:
            return

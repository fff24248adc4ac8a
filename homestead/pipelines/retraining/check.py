"""One check of retraining as a command, a CronJob or the local loop makes it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from homestead.database.engine import open_database
from homestead.errors import UserError
from homestead.pipelines.retraining.kubeflow_runs import KubeflowRuns
from homestead.pipelines.retraining.local_runs import LOCAL, LocalRuns, carry_out
from homestead.pipelines.submit import Backend
from homestead.problem.schema import Problem
from homestead.retraining.records import RetrainingRecords
from homestead.settings import Settings
from homestead.steps.retraining.controller import RetrainingController
from homestead.steps.retraining.evidence import read_evidence
from homestead.steps.retraining.training_backend import RunEnd, TrainingBackend


@contextmanager
def open_records(settings: Settings, problem: str) -> Iterator[RetrainingRecords]:
    """Open the records in the deployment's database, and close the engine after the block."""
    settings.folder()
    engine = open_database(settings.database_url)
    try:
        yield RetrainingRecords(engine, problem)
    finally:
        engine.dispose()


@contextmanager
def open_controller(
    problem: Problem,
    settings: Settings,
    backend: TrainingBackend,
    report: Callable[[str], None],
) -> Iterator[RetrainingController]:
    """Open a controller on the deployment's tables for the block."""

    def backend_of(name: str) -> TrainingBackend:
        if name == LOCAL:
            return LocalRuns(problem, settings)
        return KubeflowRuns(problem, settings, Backend(name))

    with open_records(settings, problem.name) as records:
        yield RetrainingController(
            problem,
            records,
            backend,
            open_backend=backend_of,
            evidence=lambda: read_evidence(records.engine, problem, settings),
            report=report,
        )


def carry_out_run(problem: Problem, settings: Settings, run: str) -> RunEnd:
    """Carry out a run that a check of this machine started.

    Raises:
        UserError: another process has the run, or a step failed.
    """
    with open_records(settings, problem.name) as records:
        return carry_out(problem, settings, records, run)


def require_success(records: RetrainingRecords, run: str) -> None:
    """Raise a UserError with the reason if a run failed."""
    found = records.run_of_id(run)
    if found is not None and found.state == "failed":
        raise UserError(f"run {found.number} failed: {found.reason}")

"""Runs of retraining on this machine, each in a process of its own."""

import subprocess
import time

from mlflow.entities import Run

from homestead.errors import UserError
from homestead.files import write_text
from homestead.names import PROBLEM_FILE
from homestead.pipelines.local import local_problem, run_local
from homestead.pipelines.step_processes.warm_process import homestead_command
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem
from homestead.retraining.cause import Cause
from homestead.retraining.records import RetrainingRecords
from homestead.retraining.run import RetrainingRun
from homestead.settings import Settings
from homestead.steps.retraining.own_run import LOST, claimed_run, is_alive
from homestead.steps.retraining.training_backend import RunEnd, describe_causes
from homestead.tracking import runs, tags

LOCAL = "local"
# The command that carries a run out; see :func:`carry_out`.
RUN_COMMAND = ("retrain", "run")


class LocalRuns:
    """Starts a process for each run, which claims the run before it trains.

    Implements :class:`.training_backend.TrainingBackend`.
    """

    name = LOCAL

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self._problem, self._settings = problem, settings
        self._process: subprocess.Popen[bytes] | None = None

    def submit(self, run: RetrainingRun, causes: list[Cause]) -> None:
        """Start a process, which records that the run has begun."""
        problem = self._settings.folder("retraining", run.id) / PROBLEM_FILE
        write_text(problem, dump_problem(local_problem(self._problem)))
        self._process = subprocess.Popen(
            homestead_command(*RUN_COMMAND, run.id, "--problem", str(problem))
        )

    def poll(self, run: RetrainingRun) -> RunEnd | None:
        """Return that a run is lost if its process is gone: it records any other end itself."""
        if self._process is not None:
            self._process.poll()  # a process that nobody asks for stays as a zombie, alive
        return None if is_alive(run, time.time()) else RunEnd("lost", LOST)

    def wait(self) -> int:
        """Wait for the process that this object started last; return its exit code, 0 for none."""
        return 0 if self._process is None else self._process.wait()


def carry_out(problem: Problem, settings: Settings, records: RetrainingRecords, run: str) -> RunEnd:
    """Claim a run, train, and record the end, whatever it is.

    A run whose process was killed between its last step and the record of its end is not trained
    again: its parent run in MLflow says that it is complete.

    Raises:
        UserError: another process has the run, or a step failed.
    """
    with claimed_run(records, run) as own:
        end = RunEnd("failed", "it ended without a reason")
        try:
            end = _completed(problem, settings, run) or _train(problem, settings, records, run)
        except UserError as error:
            end = RunEnd("failed", str(error).partition("\n")[0])
            raise
        finally:
            own.end(end, time.time())
    return end


def _train(problem: Problem, settings: Settings, records: RetrainingRecords, run: str) -> RunEnd:
    cause = describe_causes(records.causes_of(run))
    result = run_local(problem, settings=settings, run=run, cause=cause)
    return RunEnd("succeeded", result.reason, result.decision)


def _completed(problem: Problem, settings: Settings, run: str) -> RunEnd | None:
    parent = runs.find_run(runs.open_client(settings), problem.name, run)
    return None if parent is None else completed_end(parent)


def completed_end(parent: Run) -> RunEnd | None:
    """Return how a run ended that reached its last step; None of any other."""
    if tags.COMPLETED not in parent.data.tags:
        return None
    decision, reason = (parent.data.tags.get(tag) for tag in (tags.DECISION, tags.REASON))
    return RunEnd("succeeded", reason or "", decision)

"""Local runner: the compiled pipeline on this machine, without Docker."""

import contextlib
import logging
import os
import sys
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from homestead.components.reuse.variables import DATA_CACHE, FINISHED_STEPS
from homestead.database.failures import database_failure
from homestead.errors import UserError
from homestead.files import write_text
from homestead.names import PROBLEM_FILE
from homestead.pipelines.attempts.local_attempts import RunFolder, resumable_attempt
from homestead.pipelines.attempts.reopened_run import reopen_run
from homestead.pipelines.compile import COMPILED, for_this_machine
from homestead.pipelines.progress.display import ShowLine, progress_display
from homestead.pipelines.progress.step_output import StepOutput
from homestead.pipelines.run_result import FailedRun, TrainingResult, read_result
from homestead.pipelines.step_processes.warm_process import PARALLEL_STEPS, warm_process
from homestead.pipelines.termination import steps_ended_by_signal
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.finalize_run import record_outcome
from homestead.threads import thread_variables
from homestead.tracking import runs
from homestead.training.distributed.workers import workers_of_run

_LOG = logging.getLogger(__name__)
RESULT_FILE = "result.json"
# A run sets this process's environment and output: another thread's waits for its end.
_ONE_RUN = threading.Lock()
# Below the home: what later runs on the same data take over.
_CACHE_FOLDER = "cache"


def run_local(
    problem: Problem,
    seed: int = 0,
    settings: Settings | None = None,
    *,
    run: str = "",
    cause: str = "",
    progress: bool | ShowLine = True,
    resume: str = "",
    cache: bool = True,
) -> TrainingResult:
    """Run the training pipeline and return its result.

    The result, or the reason of a failure, is also written to ``runs/<id>/result.json`` below the
    home, and the steps' output to ``runs/<id>/pipeline.log``.

    Args:
        seed: seed of searches and estimators; the same seed and data give the same model.
        run: id of the run; by default a new one.
        cause: what a retraining was started for; '' for any other run.
        progress: whether steps are shown as they go, where this process shows it; or a function
            that takes each line.
        resume: id of a failed run that goes on at the step that failed, with its own seed and
            cause, or :data:`homestead.pipelines.attempts.local_attempts.NEWEST`; '' for a new run.
        cache: whether rows, training set and candidates of an earlier run with the same data,
            problem, seed and code are used; where False, the run keeps none either.

    Raises:
        UserError: a step failed, and the message is the step's own; or the run cannot be resumed.
    """
    settings = settings or Settings.read()
    problem = local_problem(problem)
    with _ONE_RUN:
        if resume:
            run, attempt = resumable_attempt(problem, settings, resume)
            seed, cause = attempt.seed, attempt.cause
            _reopen(problem.name, settings, run)
        run = run or uuid.uuid4().hex[:12]
        return _run(problem, seed, settings, run, cause, progress, cache=cache)


def _run(
    problem: Problem,
    seed: int,
    settings: Settings,
    run: str,
    cause: str,
    progress: bool | ShowLine,
    *,
    cache: bool,
) -> TrainingResult:
    work = RunFolder(settings, run)
    workers = workers_of_run(settings, problem)
    work.begin(problem, seed, cause)
    folder = work.path
    started = time.monotonic()
    output = StepOutput(folder / "pipeline.log", progress_display(progress))
    arguments = {"problem": _write_problem(problem, work), "seed": seed, "cause": cause}
    variables = {FINISHED_STEPS: str(work.finished)}
    if cache:
        variables[DATA_CACHE] = str(settings.folder(_CACHE_FOLDER))
    succeeded = False
    try:
        stopped = steps_ended_by_signal(output.note_termination)
        with (
            changed_environment({DATA_CACHE: "", **variables}),
            warm_process() as is_warm,
            contextlib.redirect_stdout(output),
            stopped,
        ):
            _execute(run, arguments, settings, work, is_warm=is_warm, workers=workers)
        succeeded = True
    except RuntimeError as error:
        reason = output.failure_reason() or str(error)
        failed = FailedRun(reason=reason, model=problem.name)
        write_text(folder / RESULT_FILE, failed.to_json())
        _record_failure(problem.name, settings, run, reason)
        raise UserError(f"{reason}\nThe whole log: {folder / 'pipeline.log'}") from None
    finally:
        output.close()
        work.end(succeeded=succeeded)
    result = read_result(problem, settings, run, seconds=round(time.monotonic() - started, 1))
    write_text(folder / RESULT_FILE, result.to_json())
    return result


def _record_failure(problem: str, settings: Settings, run: str, reason: str) -> None:
    """Write the reason of a failure to MLflow, and the outcome if the last step was killed."""
    try:
        mlflow = runs.open_client(settings)
        parent = runs.find_run(mlflow, problem, run)
        if parent is None:
            return  # it failed as it opened
        if parent.info.status == "RUNNING":
            record_outcome(problem, settings, run, state="FAILED", report=_LOG.info)
        runs.explain_end(mlflow, settings, parent, reason)
    except Exception as error:
        # MLflow may be what failed, and its errors are of many kinds.
        cause = database_failure(error) or error
        _LOG.warning("run %s: its failure cannot be recorded in MLflow: %s", run, cause)


def _reopen(problem: str, settings: Settings, run: str) -> None:
    """Let the parent run of a failed attempt go on in MLflow, if it was started."""
    mlflow = runs.open_client(settings)
    parent = runs.find_run(mlflow, problem, run)
    if parent is not None:
        reopen_run(mlflow, parent.info.run_id, os.getpid())


def _write_problem(problem: Problem, work: RunFolder) -> str:
    """Write the problem for the steps and return its path.

    Its text would be an argument of a process, which holds 128 KiB at most.
    """
    path = work.artifacts / PROBLEM_FILE
    write_text(path, dump_problem(problem))
    return str(path)


def local_problem(problem: Problem) -> Problem:
    """Return the problem for a process that may have another working folder."""
    source = problem.source if "://" in problem.source else str(Path(problem.source).absolute())
    return problem.model_copy(update={"source": source})


def _execute(
    run: str,
    arguments: dict[str, Any],
    settings: Settings,
    work: RunFolder,
    *,
    is_warm: bool,
    workers: int,
) -> None:
    from kfp import components, local

    variables = {
        **settings.environment(),
        "HOMESTEAD_COMMIT": runs.current_commit(),
        runs.RUNNER_PID: str(os.getpid()),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # Each task unpacks its code into the temporary folder and leaves it there.
        "TMPDIR": str(work.scratch),
        **thread_variables(PARALLEL_STEPS),
    }
    with changed_environment(variables), warnings.catch_warnings():
        # The runner warns of an image without "python" in its name, though it uses no image,
        warnings.filterwarnings("ignore", category=RuntimeWarning, module="kfp.local")
        # and of resources, which are for clusters.
        warnings.filterwarnings("ignore", message=".*have no effect in the current local runner")
        local.init(
            local.SubprocessRunner(use_venv=False),
            pipeline_root=str(work.artifacts),
            raise_on_error=True,
        )
        compiled = for_this_machine(
            COMPILED.read_text(encoding="utf-8"),
            run,
            is_warm=is_warm,
            workers=workers,
        )
        components.load_component_from_text(compiled)(**arguments)


@contextlib.contextmanager
def changed_environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set environment variables for the block; the steps' processes inherit them."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    # tempfile caches its folder, which may be an earlier run's scratch folder.
    tempfile.tempdir = None
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        tempfile.tempdir = None

"""Local runner: the compiled pipeline on this machine, without Docker."""

import contextlib
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from homestead.database.failures import database_failure
from homestead.database.locks import is_process_running
from homestead.errors import UserError
from homestead.files import write_text
from homestead.names import PROBLEM_FILE
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

_LOG = logging.getLogger(__name__)
RESULT_FILE = "result.json"
# A run sets this process's environment and output: another thread's waits for its end.
_ONE_RUN = threading.Lock()
# Below runs/<id>, as long as the run lasts.
_ARTIFACTS, _SCRATCH, _OWNER_PID = "artifacts", "scratch", "pid"


def run_local(
    problem: Problem,
    seed: int = 0,
    settings: Settings | None = None,
    *,
    run: str = "",
    cause: str = "",
    progress: bool | ShowLine = True,
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

    Raises:
        UserError: a step failed; the message is the step's own.
    """
    with _ONE_RUN:
        return _run(problem, seed, settings or Settings.read(), run, cause, progress)


def _run(
    problem: Problem,
    seed: int,
    settings: Settings,
    run: str,
    cause: str,
    progress: bool | ShowLine,
) -> TrainingResult:
    _remove_orphaned_work(settings.folder("runs"))
    run = run or uuid.uuid4().hex[:12]
    folder = settings.folder("runs", run)
    write_text(folder / _OWNER_PID, str(os.getpid()))
    started = time.monotonic()
    output = StepOutput(folder / "pipeline.log", progress_display(progress))
    arguments = {"problem": _write_problem(problem, folder), "seed": seed, "cause": cause}
    try:
        stopped = steps_ended_by_signal(output.note_termination)
        with warm_process() as is_warm, contextlib.redirect_stdout(output), stopped:
            _execute(run, arguments, settings, folder, is_warm=is_warm)
    except RuntimeError as error:
        reason = output.failure_reason() or str(error)
        failed = FailedRun(reason=reason, model=problem.name)
        write_text(folder / RESULT_FILE, failed.to_json())
        _record_failure(problem.name, settings, run, reason)
        raise UserError(f"{reason}\nThe whole log: {folder / 'pipeline.log'}") from None
    finally:
        output.close()
        _remove_work(folder)
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


def _write_problem(problem: Problem, folder: Path) -> str:
    """Write the problem for the steps and return its path.

    Its text would be an argument of a process, which holds 128 KiB at most.
    """
    path = folder / _ARTIFACTS / PROBLEM_FILE
    write_text(path, dump_problem(local_problem(problem)))
    return str(path)


def local_problem(problem: Problem) -> Problem:
    """Return the problem for a process that may have another working folder."""
    source = problem.source if "://" in problem.source else str(Path(problem.source).absolute())
    return problem.model_copy(update={"source": source})


def _execute(
    run: str,
    arguments: dict[str, Any],
    settings: Settings,
    folder: Path,
    *,
    is_warm: bool,
) -> None:
    from kfp import components, local

    # Each task unpacks its code into the temporary folder and leaves it there.
    scratch = folder / _SCRATCH
    scratch.mkdir()
    variables = {
        **settings.environment(),
        "HOMESTEAD_COMMIT": runs.current_commit(),
        runs.RUNNER_PID: str(os.getpid()),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "TMPDIR": str(scratch),
        **thread_variables(PARALLEL_STEPS),
    }
    with changed_environment(variables), warnings.catch_warnings():
        # The runner warns of an image without "python" in its name, though it uses no image,
        warnings.filterwarnings("ignore", category=RuntimeWarning, module="kfp.local")
        # and of resources, which are for clusters.
        warnings.filterwarnings("ignore", message=".*have no effect in the current local runner")
        local.init(
            local.SubprocessRunner(use_venv=False),
            pipeline_root=str(folder / _ARTIFACTS),
            raise_on_error=True,
        )
        compiled = for_this_machine(COMPILED.read_text(encoding="utf-8"), run, is_warm=is_warm)
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


def _remove_orphaned_work(folder: Path) -> None:
    """Remove the working files of killed runs."""
    for owner_pid in folder.glob(f"*/{_OWNER_PID}"):
        with contextlib.suppress(FileNotFoundError):  # another run may remove them, too
            if not is_process_running(int(owner_pid.read_text(encoding="utf-8"))):
                _remove_work(owner_pid.parent)


def _remove_work(folder: Path) -> None:
    shutil.rmtree(folder / _ARTIFACTS, ignore_errors=True)
    shutil.rmtree(folder / _SCRATCH, ignore_errors=True)
    (folder / _OWNER_PID).unlink(missing_ok=True)

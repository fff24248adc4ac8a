"""Attempts of a local run: what a failed one leaves, so that another goes on where it ended."""

import contextlib
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from homestead.components.reuse.fingerprint import code_hash
from homestead.database.locks import is_process_running
from homestead.errors import UserError
from homestead.files import write_text
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.training.distributed.workers import workers_of_run

# Of `homestead train --resume` without the name of a run.
NEWEST = "newest"
RUNS = "runs"
# Below runs/<id>: as long as the run lasts, and after a failure until the problem's next run.
_ARTIFACTS, _SCRATCH, _OWNER_PID = "artifacts", "scratch", "pid"
_FINISHED, _RUN_FILE = "finished", "run.json"
_RESULT = "result.json"


@dataclass(frozen=True)
class Attempt:
    """What a run was started with; a resumed run is started with the same.

    Attributes:
        name: of the problem.
        problem: its file's text, with defaults.
        cause: what a retraining was started for; '' for any other run.
        code: hash of the code, without which no result can be taken over.
        started_at: in seconds since 1970.
        boosting_workers: how many workers fit a LightGBM candidate together; 0 for one process.
    """

    name: str
    problem: str
    seed: int
    cause: str
    code: str
    started_at: float
    boosting_workers: int = 0


class RunFolder:
    """Folder of a run: its working files, and its finished steps.

    Attributes:
        artifacts, scratch: for the runner's artifacts and the steps' temporary files.
        finished: results of finished steps.
    """

    def __init__(self, settings: Settings, run: str) -> None:
        self._settings = settings
        self.path = settings.folder(RUNS, run)
        self.artifacts, self.scratch = self.path / _ARTIFACTS, self.path / _SCRATCH
        self.finished = self.path / _FINISHED

    def begin(self, problem: Problem, seed: int, cause: str) -> None:
        """Make this process the run's owner, and write what it is started with."""
        remove_other_work(self.path.parent, problem.name, self.path.name)
        for path in (self.artifacts, self.scratch):
            shutil.rmtree(path, ignore_errors=True)  # of an attempt that was killed
        write_text(self.path / _OWNER_PID, str(os.getpid()))
        attempt = Attempt(
            problem.name,
            dump_problem(problem),
            seed,
            cause,
            code_hash(),
            time.time(),
            workers_of_run(self._settings, problem),
        )
        write_text(self.path / _RUN_FILE, json.dumps(asdict(attempt)))
        self.scratch.mkdir()

    def end(self, *, succeeded: bool) -> None:
        """Remove the working files; those of a failed run's finished steps stay."""
        _end(self.path)
        if succeeded:
            _forget(self.path)


def resumable_attempt(problem: Problem, settings: Settings, run: str) -> tuple[str, Attempt]:
    """Return the id of a failed run that can go on, and what it was started with.

    Args:
        run: its id, or :data:`NEWEST` for the last one of the problem that failed or was killed.

    Raises:
        UserError: there is none, it still runs, it was started with another problem file, or by
            other code.
    """
    folder = settings.folder(RUNS)
    if run == NEWEST:
        known = [(a.started_at, path) for path in folder.iterdir() if (a := _read(path))]
        own = [(at, path) for at, path in known if _read_name(path) == problem.name]
        if not own:
            raise UserError(
                f"--resume: {folder} holds no failed run of {problem.name} that can go on:"
                " none failed, or another was started since; homestead train starts one"
            )
        run = max(own)[1].name
    attempt = _read(folder / run) if run == Path(run).name else None
    if attempt is None or attempt.name != problem.name:
        raise UserError(f"--resume {run}: {_why_not(folder, run, problem.name)}")
    if (pid := _owner(folder / run)) is not None and is_process_running(pid):
        raise UserError(f"--resume {run}: it still runs, as process {pid}")
    if changed := _changed_sections(attempt.problem, dump_problem(problem)):
        raise UserError(
            f"--resume {run}: its problem file was another one: {', '.join(changed)} differ;"
            " resume with the same file, or start a new run without --resume"
        )
    if attempt.code != code_hash():
        raise UserError(
            f"--resume {run}: Homestead's code or its libraries have changed since it was started,"
            " so that no finished step can be taken over; start a new run without --resume"
        )
    if (workers := workers_of_run(settings, problem)) != attempt.boosting_workers:
        raise UserError(
            f"--resume {run}: it was started with {_workers(attempt.boosting_workers)} for a"
            f" LightGBM candidate, found {_workers(workers)} (HOMESTEAD_ENGINE,"
            " HOMESTEAD_BOOSTING_WORKERS); resume with the same, or start a new run without"
            " --resume, which takes over prepared data"
        )
    return run, attempt


def remove_other_work(folder: Path, problem: str, run: str) -> None:
    """Remove what ended runs have left: working files, and finished steps of the same problem.

    Args:
        folder: that of all runs.
        run: the run that begins, whose finished steps stay.
    """
    for path in folder.iterdir():
        pid = _owner(path)
        if path.name == run or (pid is not None and is_process_running(pid)):
            continue
        if pid is not None:
            _end(path)
        if (path / _FINISHED).exists() and _read_name(path) in (problem, None):
            _forget(path)


def _end(path: Path) -> None:
    for name in (_ARTIFACTS, _SCRATCH):
        shutil.rmtree(path / name, ignore_errors=True)
    # Nothing to go on with: the first step failed.
    with contextlib.suppress(OSError):
        (path / _FINISHED).rmdir()
    if not (path / _FINISHED).exists():
        (path / _RUN_FILE).unlink(missing_ok=True)
    (path / _OWNER_PID).unlink(missing_ok=True)


def _forget(path: Path) -> None:
    (path / _RUN_FILE).unlink(missing_ok=True)
    shutil.rmtree(path / _FINISHED, ignore_errors=True)


def _owner(path: Path) -> int | None:
    try:
        return int((path / _OWNER_PID).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None  # it has ended, or another process has just removed it


def _read(path: Path) -> Attempt | None:
    try:
        return Attempt(**json.loads((path / _RUN_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _read_name(path: Path) -> str | None:
    attempt = _read(path)
    return None if attempt is None else attempt.name


def _why_not(folder: Path, run: str, problem: str) -> str:
    """Return why a run cannot go on."""
    path = folder / run
    if run != Path(run).name or not path.is_dir():
        return f"found no such run below {folder}"
    try:
        result: dict[str, Any] = json.loads((path / _RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        result = {}
    if result.get("decision", "failed") != "failed":
        return "it has not failed, so there is nothing to resume"
    if result.get("model", problem) != problem:
        return f"it is a run of {result['model']}, not of {problem}"
    return (
        "none of its steps finished, or their files were removed as another run of"
        f" {problem} was started; homestead train starts a new one"
    )


def _workers(number: int) -> str:
    return f"{number} workers of Spark" if number else "one process"


def _changed_sections(before: str, now: str) -> list[str]:
    """Return the names of the sections in which two problem files differ."""
    old, new = yaml.safe_load(before), yaml.safe_load(now)
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]

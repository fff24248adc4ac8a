"""Drift checks of the demo, one after the other in a process of its own beside the demo."""

import importlib
import multiprocessing
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from homestead.drift.result import DriftResult
from homestead.errors import UserError
from homestead.names import DRIFT_FOLDER, DRIFT_SUMMARY_FILE
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.check_drift import check_drift

# What a check needs beside this module, whose import takes seconds.
_NEEDED = (
    "homestead.drift.evidently",
    "matplotlib.figure",
    "matplotlib.backends.backend_svg",
    "mlflow",
)
_NICENESS = 10


@dataclass(frozen=True)
class CheckedWindow:
    """A check that may not have ended.

    Attributes:
        name: of the window.
    """

    name: str
    _checked: Future[tuple[DriftResult, Path]]

    def result(self) -> tuple[DriftResult, Path]:
        """Wait for the check; return its result and its page.

        Raises:
            UserError: the check failed, or its process was killed.
        """
        with _named_kill(self.name):
            return self._checked.result()


class DriftChecks:
    """Process that checks windows of the prediction log in the order in which they are asked for.

    It imports what it needs as soon as it has been made, where the demo leaves the processor idle.
    """

    def __init__(self, problem: Problem, settings: Settings) -> None:
        self._problem, self._settings = problem, settings
        # A fork would have the demo's threads half.
        spawn = multiprocessing.get_context("spawn")
        self._process = ProcessPoolExecutor(1, spawn, initializer=os.nice, initargs=(_NICENESS,))
        self._process.submit(_import_all)

    def start(self, name: str, since: datetime, until: datetime | None = None) -> CheckedWindow:
        """Check drift between two times, UTC without a time zone; by default until now.

        Raises:
            UserError: the process was killed.
        """
        arguments = (self._problem, self._settings, name, since, until)
        with _named_kill(name):
            return CheckedWindow(name, self._process.submit(check_window, *arguments))

    def close(self) -> None:
        """End the process; checks that have not begun are left out."""
        self._process.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _named_kill(name: str) -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool:
        raise UserError(f"demo: the drift check of {name} was killed") from None


def check_window(
    problem: Problem, settings: Settings, name: str, since: datetime, until: datetime | None
) -> tuple[DriftResult, Path]:
    """Check drift between two times; return the result and its page.

    The page is a copy, because the next check overwrites the original.
    """
    result = check_drift(problem, settings, since=since, until=until)
    copy = settings.folder("reports", problem.name, f"demo-drift-{name}")
    shutil.copytree(
        settings.folder("reports", problem.name, DRIFT_FOLDER), copy, dirs_exist_ok=True
    )
    return result, copy / DRIFT_SUMMARY_FILE


def _import_all() -> None:
    for name in _NEEDED:
        importlib.import_module(name)

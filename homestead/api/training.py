"""Training from Python: one call for what ``homestead train`` does."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from homestead.api.locations import problem_of, settings_of
from homestead.data.sources.frames import keep_frame
from homestead.drafting.drafted_problem import DraftedProblem
from homestead.errors import UserError
from homestead.pipelines.attempts.local_attempts import NEWEST
from homestead.pipelines.local import run_local
from homestead.problem.loader import dump_problem, parse_problem
from homestead.problem.schema import Problem
from homestead.problem.sections.source_format import SourceFormat

if TYPE_CHECKING:
    import pandas as pd

    from homestead.api.locations import ProblemLike
    from homestead.pipelines.run_result import TrainingResult
    from homestead.settings import Settings

# Keys of the source's format that are about values, not about a file.
_OF_VALUES = {"missing", "trim", "decimal", "thousands"}


def train(
    problem: ProblemLike,
    data: pd.DataFrame | str | os.PathLike[str] | None = None,
    *,
    home: str | os.PathLike[str] | None = None,
    seed: int = 0,
    candidates: Collection[str] | None = None,
    trials: int | None = None,
    progress: bool | Callable[[str], None] = True,
    resume: bool | str = False,
    cache: bool = True,
) -> TrainingResult:
    """Run the training pipeline on this machine; release the winner if it is better.

    The same as ``homestead train``: the rows are checked, features are built as of each row's
    time, the candidates are trained, the best is compared with the champion on the newest rows, and
    is released if the gate lets it pass. Each step is a process of its own, so that a script needs
    no ``if __name__ == "__main__"``, and a notebook's event loop does not matter.

    Args:
        problem: a problem, a draft, the path of a problem file, or the name of one in
            ``problems/``, such as ``"house_price"``.
        data: table to train on in place of the problem's source: a DataFrame, a path or a URI. A
            DataFrame is kept below the home as a Parquet file and recorded with its SHA-256, so
            that ``homestead reproduce`` finds it; its columns follow the rules of a Parquet
            file. An index with a name becomes columns.
        home: folder of the local state; by default ``HOMESTEAD_HOME``, or ``.homestead``.
        seed: seed of searches and estimators; the same seed and data give the same model.
        candidates: names of the problem's candidates to train; by default all.
        trials: most trials of each candidate's search; by default those of the problem file.
        progress: whether steps are shown as they go: in a notebook's output, a terminal, or a
            log's lines; or a function that takes each line.
        resume: True to go on with the problem's last run that failed or was killed, at the step
            that failed, with the run's own seed; or the id of such a run.
        cache: whether the checked rows, the training set and the candidates of an earlier run are
            used if data, rules, candidate, seed and code are the same.

    Returns:
        Decision, metric with its interval, the champion's figure, the certificate, and the paths
        of the reports.

    Raises:
        UserError: the problem or the table cannot be read, there is no such run to resume, or a
            step failed; the message is the step's own.

    Example:
        >>> result = homestead.train("house_price", trials=2)
        >>> result.decision
        'promote'
        >>> homestead.train("sales.yaml", data=sales)  # a DataFrame
    """
    settings = settings_of(home)
    frame = problem.frame if data is None and isinstance(problem, DraftedProblem) else data
    chosen = _chosen(problem_of(problem), candidates, trials)
    if frame is not None:
        chosen = with_data(chosen, frame, settings)
    failed = NEWEST if resume is True else resume or ""
    return run_local(chosen, seed, settings, progress=progress, resume=failed, cache=cache)


def with_data(
    problem: Problem, data: pd.DataFrame | str | os.PathLike[str], settings: Settings
) -> Problem:
    """Return a problem with another table as its source; a DataFrame is kept below the home.

    Raises:
        UserError: the DataFrame cannot be kept, or the URI is no source.
    """
    if isinstance(data, str | os.PathLike):
        return _changed(problem, {"source": os.fspath(data)})
    path = keep_frame(data, problem.name, settings.home)
    # How a text file is read says nothing about a frame; what stands for a missing value does.
    kept = problem.format.model_dump(include=_OF_VALUES)
    return _changed(problem, {"source": str(path), "format": SourceFormat(**kept)})


def _chosen(problem: Problem, candidates: Collection[str] | None, trials: int | None) -> Problem:
    """Return a problem with some of its candidates, and fewer trials.

    Raises:
        UserError: there is no such candidate, or ``trials`` is below 1.
    """
    if trials is not None and trials < 1:
        raise UserError(f"trials: found {trials}, allowed is 1 or more")
    names = list(problem.candidates) if candidates is None else list(candidates)
    if unknown := [name for name in names if name not in problem.candidates]:
        allowed = ", ".join(problem.candidates)
        raise UserError(f"candidates: found {unknown[0]!r}, allowed are {allowed}")
    chosen: dict[str, Any] = {}
    for name in names:
        candidate = problem.candidates[name]
        fewer = candidate.trials if trials is None else min(trials, candidate.trials)
        chosen[name] = candidate.model_copy(update={"trials": fewer})
    return problem if chosen == problem.candidates else _changed(problem, {"candidates": chosen})


def _changed(problem: Problem, changes: dict[str, Any]) -> Problem:
    """Return a problem with some keys changed, checked like a file."""
    return parse_problem(dump_problem(problem.model_copy(update=changes)), problem.name)

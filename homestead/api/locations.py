"""What callers may name in several ways: the home folder, and a problem."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from homestead.bundled import find_file
from homestead.drafting.drafted_problem import DraftedProblem
from homestead.errors import UserError
from homestead.problem.loader import load_problem
from homestead.problem.schema import Problem
from homestead.settings import Settings

if TYPE_CHECKING:
    # A problem, a draft, the path of a problem file, or the name of one of the project's own.
    ProblemLike = Problem | DraftedProblem | str | os.PathLike[str]

_ENDINGS = (".yaml", ".yml")


def settings_of(home: str | os.PathLike[str] | None) -> Settings:
    """Return the settings of the environment, or those of another home.

    Args:
        home: folder of the local state; None for ``HOMESTEAD_HOME``, or ``.homestead`` in the
            working folder. What other variables name, such as ``MLFLOW_TRACKING_URI``, stays.

    Raises:
        UserError: a variable has a value that is not allowed.
    """
    return Settings.read() if home is None else Settings.read(home=Path(home))


def problem_of(problem: ProblemLike) -> Problem:
    """Return a problem, whichever way it is named.

    Args:
        problem: a problem, a draft, the path of a problem file, or a name: that of
            ``problems/<name>.yaml`` in the working folder or among the project's own.

    Raises:
        UserError: there is no such file, or it is not a valid problem.
    """
    if isinstance(problem, Problem):
        return problem
    if isinstance(problem, DraftedProblem):
        return problem.problem
    if not isinstance(problem, str | os.PathLike):
        raise UserError(
            f"problem: found {type(problem).__name__}, allowed are a problem, a draft, the path of"
            " a problem file, or a problem's name"
        )
    path = Path(problem)
    if path.suffix not in _ENDINGS and len(path.parts) == 1:
        path = Path("problems") / f"{path.name}.yaml"
    return load_problem(find_file(path))

"""Homestead: from a table and one problem file to a served, watched, retrained model.

The names of this module are imported when they are first used, so that ``import homestead`` takes
no time and a server needs no library of training.
"""

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if sys.version_info < (3, 11):  # noqa: UP036  # pip checks it, a clone on the path does not
    _refusal = "Homestead needs Python 3.11 to 3.14, this is %s: %s" % (  # noqa: UP031
        sys.version.split()[0],
        sys.executable,
    )
    if os.path.basename(sys.argv[0]) in ("-m", "homestead"):
        sys.exit(_refusal)
    raise ImportError(_refusal)

from homestead.telemetry import disable_telemetry
from homestead.threads import configure_threads

if TYPE_CHECKING:
    from homestead.api.champion import Champion, load_champion
    from homestead.api.page import Page
    from homestead.api.scoring import score
    from homestead.api.training import train
    from homestead.client.async_client import AsyncClient
    from homestead.client.client import Client
    from homestead.client.errors import (
        InvalidRequestError,
        NotServedError,
        OverCapacityError,
        ServerError,
        UnauthorizedError,
        UnavailableError,
        UnknownEntityError,
    )
    from homestead.client.results import Prediction, Predictions
    from homestead.drafting.draft import draft
    from homestead.drafting.drafted_problem import DraftedProblem
    from homestead.errors import NoChampionError, RefusedRowsError, UserError
    from homestead.pipelines.run_result import TrainingResult
    from homestead.problem.loader import load_problem
    from homestead.problem.schema import Problem
    from homestead.scoring.outcome import ScoringResult

__version__ = "0.1.0"

# The module of each name.
_EXPORTS = {
    "AsyncClient": "homestead.client.async_client",
    "Champion": "homestead.api.champion",
    "Client": "homestead.client.client",
    "DraftedProblem": "homestead.drafting.drafted_problem",
    "InvalidRequestError": "homestead.client.errors",
    "NoChampionError": "homestead.errors",
    "NotServedError": "homestead.client.errors",
    "OverCapacityError": "homestead.client.errors",
    "Page": "homestead.api.page",
    "Prediction": "homestead.client.results",
    "Predictions": "homestead.client.results",
    "Problem": "homestead.problem.schema",
    "RefusedRowsError": "homestead.errors",
    "ScoringResult": "homestead.scoring.outcome",
    "ServerError": "homestead.client.errors",
    "TrainingResult": "homestead.pipelines.run_result",
    "UnauthorizedError": "homestead.client.errors",
    "UnavailableError": "homestead.client.errors",
    "UnknownEntityError": "homestead.client.errors",
    "UserError": "homestead.errors",
    "draft": "homestead.drafting.draft",
    "load_champion": "homestead.api.champion",
    "load_problem": "homestead.problem.loader",
    "score": "homestead.api.scoring",
    "train": "homestead.api.training",
}
__all__ = [
    "AsyncClient",
    "Champion",
    "Client",
    "DraftedProblem",
    "InvalidRequestError",
    "NoChampionError",
    "NotServedError",
    "OverCapacityError",
    "Page",
    "Prediction",
    "Predictions",
    "Problem",
    "RefusedRowsError",
    "ScoringResult",
    "ServerError",
    "TrainingResult",
    "UnauthorizedError",
    "UnavailableError",
    "UnknownEntityError",
    "UserError",
    "draft",
    "load_champion",
    "load_problem",
    "score",
    "train",
]

# Before anything loads OpenMP or BLAS.
configure_threads()
# Before anything loads the libraries that have some.
disable_telemetry()


def __getattr__(name: str) -> Any:
    """Return a name of the Python API, whose module is imported now."""
    module = _EXPORTS.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(module), name)
    return value


def __dir__() -> list[str]:
    """Return the names of this module, for completion."""
    return sorted({*globals(), *_EXPORTS})

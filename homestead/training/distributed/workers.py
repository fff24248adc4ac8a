"""How many workers fit a LightGBM candidate together, for the block that trains it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from homestead.problem.schema import Problem
from homestead.settings import Settings

_LIGHTGBM = "lightgbm."
_WORKERS: ContextVar[int] = ContextVar("boosting_workers", default=0)


def boosting_workers(estimator: str = _LIGHTGBM) -> int:
    """Return how many workers fit an estimator, by its class's full name; 0 for this process."""
    return _WORKERS.get() if estimator.startswith(_LIGHTGBM) else 0


def workers_of_run(settings: Settings, problem: Problem) -> int:
    """Return how many workers fit a run's LightGBM candidates together; 0 for one process.

    It is 0 for a problem without such candidates, too: its models follow from no setting.
    """
    is_lightgbm = any(c.estimator.startswith(_LIGHTGBM) for c in problem.candidates.values())
    return settings.boosting_workers if is_lightgbm and settings.engine == "spark" else 0


def settings_of_run(settings: Settings, workers: int) -> Settings:
    """Return a step's settings with the number of workers that its run was started with.

    A cache finds a training by that number, so that a setting which has changed since must not
    count.

    Args:
        workers: of :func:`workers_of_run`.
    """
    changes = {"engine": "spark", "boosting_workers": workers} if workers else {"engine": "local"}
    return settings.model_copy(update=changes)


@contextmanager
def distributed_boosting(settings: Settings | None) -> Iterator[None]:
    """Let Spark's workers fit LightGBM within the block, if the settings' engine is Spark."""
    is_spark = settings is not None and settings.engine == "spark"
    token = _WORKERS.set(settings.boosting_workers if settings and is_spark else 0)
    try:
        yield
    finally:
        _WORKERS.reset(token)

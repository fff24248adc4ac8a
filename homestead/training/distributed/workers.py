"""How many workers fit a LightGBM candidate together, for the block that trains it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from homestead.settings import Settings

_WORKERS: ContextVar[int] = ContextVar("boosting_workers", default=0)


def boosting_workers(estimator: str = "lightgbm.") -> int:
    """Return how many workers fit an estimator, by its class's full name; 0 for this process."""
    return _WORKERS.get() if estimator.startswith("lightgbm.") else 0


@contextmanager
def distributed_boosting(settings: Settings | None) -> Iterator[None]:
    """Let Spark's workers fit LightGBM within the block, if the settings' engine is Spark."""
    is_spark = settings is not None and settings.engine == "spark"
    token = _WORKERS.set(settings.boosting_workers if settings and is_spark else 0)
    try:
        yield
    finally:
        _WORKERS.reset(token)

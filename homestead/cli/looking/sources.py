"""Sources of the commands that look: each is opened to read alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from homestead.problem.schema import Problem
    from homestead.settings import Settings
    from homestead.steps.ui.sources import Sources


@contextmanager
def open_sources(
    settings: "Settings", problem: "Problem | None" = None, metrics_url: str = ""
) -> "Iterator[Sources]":
    """Open what is known of problems, for the duration of the block.

    Args:
        problem: the only one that is shown; None for all.
        metrics_url: metrics of a server on this machine; '' for none.
    """
    # A registry that is away must not hold a reading up for minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "5")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    from homestead.steps.ui.sources import Sources

    sources = Sources(settings, problem, metrics_url)
    try:
        yield sources
    finally:
        sources.close()

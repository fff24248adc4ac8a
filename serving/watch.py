"""What tasks and releases left behind, from the database and the release plan to the metrics."""

import logging
import math
import threading
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from homestead.watched import Figure, released, reported
from serving.metrics import Metrics

_LOG = logging.getLogger(__name__)
_PAUSE_S = 10.0


class Watch(threading.Thread):
    """Copies the newest figures until it is stopped; what was never there is not exposed.

    While the database is away the last figures stay, and grow old as their time stamps say.
    """

    def __init__(
        self,
        problem: str,
        engine: sa.Engine,
        plan: Path,
        metrics: Metrics,
        pause_s: float = _PAUSE_S,
    ) -> None:
        super().__init__(daemon=True, name="watch")
        self._problem = problem
        self._engine = engine
        self._plan = plan
        self._metrics = metrics
        self._pause_s = pause_s
        self._ended = threading.Event()

    def run(self) -> None:
        failed = False
        while True:
            self._expose(released(self._plan))
            try:
                self._expose(reported(self._engine, self._problem))
                failed = False
            except sa.exc.SQLAlchemyError as error:
                if not failed:
                    _LOG.warning("reports can't be read, will try again: %s", error)
                failed = True
            if self._ended.wait(self._pause_s):
                return

    def stop(self) -> None:
        """Copy no longer."""
        self._ended.set()

    def _expose(self, figures: Iterable[Figure]) -> None:
        for name, labels, value in figures:
            gauge = self._metrics.gauge(name, self._problem, *labels)
            gauge.set(math.nan if value is None else value)

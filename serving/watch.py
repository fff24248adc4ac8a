"""The newest drift report, from the database to the metrics."""

import logging
import math
import threading

import sqlalchemy as sa

from homestead.drift_reports import latest_report
from serving.metrics import Metrics

_LOG = logging.getLogger(__name__)
_PAUSE_S = 10.0


class Watch(threading.Thread):
    """Copies the newest report until it is stopped; while there is none, nothing is exposed."""

    def __init__(
        self, problem: str, engine: sa.Engine, metrics: Metrics, pause_s: float = _PAUSE_S
    ) -> None:
        super().__init__(daemon=True, name="drift-report")
        self._problem = problem
        self._engine = engine
        self._metrics = metrics
        self._pause_s = pause_s
        self._ended = threading.Event()

    def run(self) -> None:
        failed = False
        while True:
            try:
                self._copy()
                failed = False
            except sa.exc.SQLAlchemyError as error:
                if not failed:
                    _LOG.warning("the drift report can't be read, will try again: %s", error)
                failed = True
            if self._ended.wait(self._pause_s):
                return

    def stop(self) -> None:
        """Copy no longer."""
        self._ended.set()

    def _copy(self) -> None:
        report = latest_report(self._engine, self._problem)
        if report is None:
            return
        share = report["share"]
        for name, value in {
            "drift_share": math.nan if share is None else share,
            "drift_threshold": report["threshold"],
            "drift_rows": report["rows"],
            "drift_checked_timestamp_seconds": report["at"],
        }.items():
            self._metrics.gauge(name, self._problem).set(value)

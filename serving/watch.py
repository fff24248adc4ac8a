"""What CronJobs and releases left behind, from the database and the release plan to the metrics.

Nothing is kept in this process, so a restarted server exposes the same within seconds.
"""

import logging
import math
import threading
from pathlib import Path

import sqlalchemy as sa

from homestead.drift_reports import latest_report
from homestead.errors import UserError
from homestead.release import read_plan
from homestead.task_runs import latest_runs
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
            self._copy_age()
            try:
                self._copy_report()
                self._copy_tasks()
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

    def _copy_age(self) -> None:
        try:
            created = read_plan(self._plan).champion.created
        except (UserError, OSError, UnicodeDecodeError):
            return  # whoever follows the plan says what is wrong with it
        self._set(
            "model_created_timestamp_seconds", math.nan if created is None else created.timestamp()
        )

    def _copy_report(self) -> None:
        report = latest_report(self._engine, self._problem)
        if report is None:
            return
        share = report["share"]
        self._set("drift_share", math.nan if share is None else share)
        self._set("drift_threshold", report["threshold"])
        self._set("drift_rows", report["rows"])
        self._set("drift_checked_timestamp_seconds", report["at"])

    def _copy_tasks(self) -> None:
        for (task, outcome), at in latest_runs(self._engine, self._problem).items():
            self._set("task_finished_timestamp_seconds", at, task, outcome)

    def _set(self, name: str, value: float, *labels: str) -> None:
        self._metrics.gauge(name, self._problem, *labels).set(value)

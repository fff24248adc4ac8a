"""Gauges about jobs and releases: last drift report, runs of each job, champion, present release.

They are read from the database and the release plan each time, so a restarted server exposes the
same values as before.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from homestead.database.drift_reports import calibrated_figures, latest_drift_report
from homestead.database.job_runs import latest_job_runs
from homestead.errors import UserError
from homestead.release.plan import read_plan
from homestead.serving.background.label_status import LabelStatus
from homestead.serving.background.metric_readings import GaugeReading
from homestead.serving.background.performance_status import read_performance_gauges
from homestead.serving.background.release_status import read_release_gauges
from homestead.serving.background.retraining_status import read_retraining_gauges

_LOG = logging.getLogger(__name__)


class JobStatusPoller:
    """Reads what jobs and releases left in the database and in the release plan."""

    def __init__(self, database: sa.Engine, problem: str, release_plan: Path) -> None:
        self._database = database
        self._problem = problem
        self._release_plan = release_plan
        self._labels = LabelStatus(database, problem)
        self._has_warned = False

    def read(self) -> list[GaugeReading]:
        """Return current values.

        While the database is unreachable its values are left out: the server keeps exposing the
        last ones, whose timestamps show their age.
        """
        readings = list(self._read_release_plan())
        try:
            readings += self._read_database()
            self._has_warned = False
        except sa.exc.SQLAlchemyError as error:
            if not self._has_warned:
                _LOG.warning("job status cannot be read, will retry: %s", error)
            self._has_warned = True
        return readings

    def _read_database(self) -> Iterator[GaugeReading]:
        report = latest_drift_report(self._database, self._problem)
        if report is not None:
            yield GaugeReading("homestead_drift_share", (), report.share)
            yield GaugeReading("homestead_drift_threshold", (), report.threshold)
            yield GaugeReading("homestead_drift_rows", (), report.rows)
            yield GaugeReading("homestead_drift_checked_timestamp_seconds", (), report.at)
            for name, value in calibrated_figures(report).items():
                yield GaugeReading(f"homestead_drift_{name}", (), value)
        for job_and_outcome, ended_s in latest_job_runs(self._database, self._problem).items():
            yield GaugeReading(
                "homestead_task_finished_timestamp_seconds", job_and_outcome, ended_s
            )
        yield from read_performance_gauges(self._database, self._problem)
        yield from self._labels.read()
        yield from read_retraining_gauges(self._database, self._problem)
        yield from read_release_gauges(self._database, self._problem)

    def _read_release_plan(self) -> Iterator[GaugeReading]:
        try:
            created = read_plan(self._release_plan).champion.created
        except (UserError, OSError, UnicodeDecodeError):
            return  # the server's model manager reports it
        created_s = None if created is None else created.timestamp()
        yield GaugeReading("homestead_model_created_timestamp_seconds", (), created_s)

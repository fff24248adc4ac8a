"""What servers expose of the work of tasks and releases, read anew from the database and the plan.

Nothing is kept in the server, so a restarted one exposes the same.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from homestead.database.drift_reports import latest_drift_report
from homestead.database.job_runs import latest_job_runs
from homestead.errors import UserError
from homestead.release.plan import read_plan


class GaugeReading(NamedTuple):
    """A gauge of the metric table: its name, its labels behind the model, its value.

    The value is None where it is not known, which is not the same as never having been there.
    """

    name: str
    labels: tuple[str, ...]
    value: float | None


def read_reports(engine: sa.Engine, problem: str) -> Iterator[GaugeReading]:
    """The newest drift report, and when each task last ended.

    Raises:
        SQLAlchemyError: the database can't be read.
    """
    report = latest_drift_report(engine, problem)
    if report is not None:
        yield GaugeReading("drift_share", (), report.share)
        yield GaugeReading("drift_threshold", (), report.threshold)
        yield GaugeReading("drift_rows", (), report.rows)
        yield GaugeReading("drift_checked_timestamp_seconds", (), report.at)
    for ended, at in latest_job_runs(engine, problem).items():
        yield GaugeReading("task_finished_timestamp_seconds", ended, at)


def read_release(plan: Path) -> Iterator[GaugeReading]:
    """When the champion of a release plan was registered; nothing where there is no right plan."""
    try:
        created = read_plan(plan).champion.created
    except (UserError, OSError, UnicodeDecodeError):
        return  # whoever follows the plan says what is wrong with it
    at = None if created is None else created.timestamp()
    yield GaugeReading("model_created_timestamp_seconds", (), at)

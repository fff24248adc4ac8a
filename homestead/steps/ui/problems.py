"""Names of the problems that there is something to show of."""

from collections.abc import Iterator
from contextlib import suppress

import sqlalchemy as sa

from homestead.database.drift_reports import DRIFT_REPORTS
from homestead.database.job_runs import JOB_RUNS
from homestead.database.releases import RELEASES
from homestead.names import RELEASE_PLAN_FILE
from homestead.prediction_log.parquet.layout import logged_problems
from homestead.prediction_log.tables import PREDICTIONS
from homestead.steps.ui.sources import Sources

_TABLES = (RELEASES, JOB_RUNS, DRIFT_REPORTS, PREDICTIONS)
_MAX_PROBLEMS = 1000


def problem_names(sources: Sources) -> list[str]:
    """Return the names of all problems of the home and the database, sorted.

    Tables that are missing or cannot be read are passed over, since each box says so.
    """
    if sources.only_problem is not None:
        return [sources.only_problem.name]
    plans = (sources.settings.home / "release").glob(f"*/{RELEASE_PLAN_FILE}")
    names = {path.parent.name for path in plans}
    if sources.has_database:
        for table in _TABLES:
            try:
                with sources.engine.connect() as connection:
                    names.update(_distinct(connection, table.c.problem))
            except sa.exc.SQLAlchemyError:
                continue
    if sources.settings.log_uri:
        # Whatever the object store's client raises: boxes of the problem say so.
        with suppress(Exception):
            names.update(logged_problems(sources.settings.log_uri))
    return sorted(names)


def _distinct(connection: sa.Connection, column: sa.Column[str]) -> Iterator[str]:
    """Yield the values of an index's first column, each by one step in the index."""
    value: str | None = ""
    for _ in range(_MAX_PROBLEMS):
        value = connection.scalar(sa.select(sa.func.min(column)).where(column > value))
        if value is None:
            return
        yield value

"""The SQL table of drift reports: a check writes a row, servers read the newest as metrics."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from homestead.database.engine import create_table

_METADATA = sa.MetaData()
DRIFT_REPORTS = sa.Table(
    "drift_reports",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("at", sa.Float, nullable=False),  # seconds since 1970
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("share", sa.Float),  # NULL when the check was inconclusive
    sa.Column("threshold", sa.Float, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("columns", sa.JSON, nullable=False),
    sa.Index("drift_reports_newest", "problem", "at"),
)


def write_drift_report(engine: sa.Engine, report: Mapping[str, Any]) -> None:
    """Append a report; the table is made where it is not there.

    Args:
        report: problem, version, at (seconds since 1970), verdict, share (None when
            inconclusive), threshold, rows and columns (list of name, score, method, drifted).
    """
    with engine.begin() as connection:
        create_table(connection, DRIFT_REPORTS)
        connection.execute(sa.insert(DRIFT_REPORTS), dict(report))


def latest_drift_report(engine: sa.Engine, problem: str) -> dict[str, Any] | None:
    """The newest drift report of the problem of this name; None before the first check.

    Returns:
        Keys as for :func:`write_report`.
    """
    if not sa.inspect(engine).has_table(DRIFT_REPORTS.name):
        return None
    newest = (
        sa.select(*(column for column in DRIFT_REPORTS.c if column.name != "id"))
        .where(DRIFT_REPORTS.c.problem == problem)
        .order_by(DRIFT_REPORTS.c.at.desc(), DRIFT_REPORTS.c.id.desc())
        .limit(1)
    )
    with engine.connect() as connection:
        row = connection.execute(newest).mappings().first()
    return dict(row) if row else None

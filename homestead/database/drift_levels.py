"""SQL table of spent levels: each calibrated drift check reserves its level before it is made.

A check that is killed has spent its level, and so has one before a restart: a level that could be
had again would let more false alarms through than the month allows.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from homestead.database.schema_version import METADATA

DRIFT_LEVELS = sa.Table(
    "drift_levels",
    METADATA,
    sa.Column("problem", sa.String(64), primary_key=True),
    sa.Column("month", sa.String(7), primary_key=True),  # in UTC, as 2026-11
    # Of the check within its month, from 1: two checks at once cannot both take the next one.
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("window_hash", sa.String(64), nullable=False),  # SHA-256 of what was compared
    sa.Column("at", sa.Float(53), nullable=False),  # seconds since 1970
    sa.Column("level", sa.Float(53), nullable=False),
    sa.Column("monthly_level", sa.Float(53), nullable=False),
    sa.UniqueConstraint("problem", "window_hash", name="drift_levels_window"),
)
_ATTEMPTS = 20


@dataclass(frozen=True)
class SpentLevel:
    """Level of one check.

    Attributes:
        month: whose level was spent, in UTC, as 2026-11.
        level: what this check spent.
        monthly_level: what the checks of a month may spend, as it was at this check.
        spent: what the checks of the month have spent up to this one, this one included.
    """

    month: str
    level: float
    monthly_level: float
    spent: float


def spend_level(
    engine: sa.Engine,
    problem: str,
    window_hash: str,
    at: datetime,
    month: str,
    monthly_level: float,
    next_level: Callable[[float], float],
) -> SpentLevel:
    """Spend the level of a check, or return what the first check of the same data spent.

    Args:
        window_hash: SHA-256 of what is compared, in hex.
        at: time of the check, with a time zone.
        month: that time's month in UTC, as 2026-11.
        monthly_level: what the checks of a month may spend.
        next_level: returns the check's level, given what the month has spent so far.

    Raises:
        SQLAlchemyError: the database cannot be written.
    """
    for attempt in range(_ATTEMPTS):
        try:
            with engine.begin() as connection:
                known = _of_window(connection, problem, window_hash)
                if known is not None:
                    return known
                number, levels = _of_month(connection, problem, month)
                level = next_level(math.fsum(levels))
                row = {
                    "problem": problem,
                    "month": month,
                    "number": number + 1,
                    "window_hash": window_hash,
                    "at": at.astimezone(UTC).timestamp(),
                    "level": level,
                    "monthly_level": monthly_level,
                }
                connection.execute(sa.insert(DRIFT_LEVELS), row)
            return SpentLevel(month, level, monthly_level, math.fsum([*levels, level]))
        except sa.exc.IntegrityError:  # another check took the number, or the same window
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _of_window(connection: sa.Connection, problem: str, window_hash: str) -> SpentLevel | None:
    columns = DRIFT_LEVELS.c
    found = connection.execute(
        sa.select(columns.month, columns.number, columns.level, columns.monthly_level).where(
            columns.problem == problem, columns.window_hash == window_hash
        )
    ).first()
    if found is None:
        return None
    _, levels = _of_month(connection, problem, found.month, found.number)
    return SpentLevel(found.month, found.level, found.monthly_level, math.fsum(levels))


def _of_month(
    connection: sa.Connection, problem: str, month: str, last: int | None = None
) -> tuple[int, list[float]]:
    """Return the number of the month's last check and the checks' levels, up to a number.

    A database adds doubles in any order, so that the last bits of its sums may differ.
    """
    columns = DRIFT_LEVELS.c
    query = sa.select(columns.number, columns.level).where(
        columns.problem == problem, columns.month == month
    )
    if last is not None:
        query = query.where(columns.number <= last)
    rows = connection.execute(query.order_by(columns.number)).all()
    return (rows[-1].number if rows else 0), [row.level for row in rows]

"""Logged predictions with all that their replay needs, in parts that fit in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from homestead.prediction_log.parquet.log import (
    LogConnection,
    LogSource,
    of_window,
    windows_of_id,
)
from homestead.prediction_log.read_window import seconds_since_1970
from homestead.prediction_log.tables import PREDICTIONS

if TYPE_CHECKING:
    import pandas as pd

_ROWS_PER_PART = 50_000
_COLUMNS = (
    *("prediction_id", "row", "version", "digest", "request_id", "at", "entity", "features"),
    *("prediction", "label", "shadow_of", "release"),
)


@dataclass(frozen=True)
class LogWindow:
    """Which predictions of a problem are meant; by default all of them.

    Attributes:
        since: first time, inclusive; UTC if it has no time zone.
        until: last time, exclusive; UTC if it has no time zone.
        version: of the model that predicted; None for every version.
        max_rows: only so many of the newest rows.
    """

    since: datetime | None = None
    until: datetime | None = None
    version: str | None = None
    max_rows: int | None = None


def read_parts(
    source: LogSource, problem: str, window: LogWindow, rows_per_part: int = _ROWS_PER_PART
) -> Iterator["pd.DataFrame"]:
    """Yield a window's rows in parts, shadows too, the newest first.

    Returns:
        Tables with the columns of the log; ``features`` is the text of a JSON object.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    import pandas as pd

    columns = PREDICTIONS.c
    query = _query().where(columns.problem == problem)
    since_s = None if window.since is None else seconds_since_1970(window.since)
    until_s = None if window.until is None else seconds_since_1970(window.until)
    if since_s is not None:
        query = query.where(columns.at >= since_s)
    if until_s is not None:
        query = query.where(columns.at < until_s)
    if window.version is not None:
        query = query.where(columns.version == window.version)
    query = query.order_by(columns.at.desc(), columns.prediction_id, columns.row)
    if window.max_rows is not None:
        query = query.limit(window.max_rows)
    with of_window(source, problem, since_s, until_s).connect() as connection:
        rows = connection.execution_options(yield_per=rows_per_part).execute(query)
        for part in rows.partitions():
            yield pd.DataFrame(list(part), columns=list(_COLUMNS))


def read_prediction(source: LogSource, problem: str, name: str) -> "pd.DataFrame":
    """Return the rows of one prediction, in their order; none if there is no such prediction.

    Args:
        name: the server's id of the prediction, or the client's id of its request, of which the
            newest prediction counts.
    """
    import pandas as pd

    columns = PREDICTIONS.c
    found: list[tuple[Any, ...]] = []
    for part in windows_of_id(source, problem, name):
        with part.connect() as connection:
            found = _rows(connection, problem, columns.prediction_id == name)
        if found:
            break
    if not found:
        with of_window(source, problem).connect() as connection:
            newest = (
                sa.select(columns.prediction_id)
                .where(
                    columns.problem == problem,
                    columns.request_id == name,
                    columns.shadow_of.is_(None),
                )
                .order_by(columns.at.desc(), columns.prediction_id)
                .limit(1)
            )
            prediction_id = connection.execute(newest).scalar()
            if prediction_id is not None:
                found = _rows(connection, problem, columns.prediction_id == prediction_id)
    return pd.DataFrame(found, columns=list(_COLUMNS))


def _query() -> sa.Select[Any]:
    return sa.select(*(PREDICTIONS.c[name] for name in _COLUMNS))


def _rows(
    connection: LogConnection, problem: str, condition: sa.ColumnElement[bool]
) -> list[tuple[Any, ...]]:
    query = _query().where(PREDICTIONS.c.problem == problem, condition).order_by(PREDICTIONS.c.row)
    return [tuple(row) for row in connection.execute(query)]

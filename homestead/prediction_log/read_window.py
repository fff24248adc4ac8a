"""Reading a window of the prediction log."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from homestead.prediction_log.tables import PREDICTIONS

if TYPE_CHECKING:
    import pandas as pd


def read_window(
    engine: sa.Engine,
    problem: str,
    since: datetime | None = None,
    until: datetime | None = None,
    max_rows: int | None = None,
) -> "pd.DataFrame":
    """Read the model inputs of answered rows, oldest first.

    Args:
        engine: the database of the prediction log.
        problem: the problem's name.
        since: start of the window, inclusive; UTC if it has no time zone.
        until: end of the window, exclusive; UTC if it has no time zone.
        max_rows: read only so many of the newest rows of the window.

    Returns:
        One float64 column for each feature, NaN if missing, as the row's model read it; the index
        ``digest`` holds the SHA-256 of its file. Sensitive features, of which only
        hashes are logged, are left out. No columns if nothing was logged.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    import pandas as pd

    query = _window_query(problem, since, until, max_rows)
    with engine.connect() as connection:
        found = connection.execute(query)
        rows = [(msgspec.json.decode(text), digest) for text, digest, _ in found]
    rows.reverse()
    digests = pd.Index([digest for _, digest in rows], name="digest", dtype=object)
    frame = pd.DataFrame([features for features, _ in rows], index=digests)
    hashed = [name for name in frame if frame[name].map(lambda value: isinstance(value, str)).any()]
    return frame.drop(columns=hashed).astype(float)


def read_span(
    engine: sa.Engine,
    problem: str,
    since: datetime | None = None,
    until: datetime | None = None,
    max_rows: int | None = None,
) -> tuple[datetime, datetime] | None:
    """Return the times of the oldest and newest row of a window, UTC; None if it has no rows.

    Args:
        engine: the database of the prediction log.
        problem: the problem's name.
        since, until, max_rows: as of :func:`read_window`.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    rows = _window_query(problem, since, until, max_rows).subquery()
    query = sa.select(sa.func.min(rows.c.at), sa.func.max(rows.c.at))
    with engine.connect() as connection:
        first, last = connection.execute(query).one()
    if first is None:
        return None
    return datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)


def _window_query(
    problem: str, since: datetime | None, until: datetime | None, max_rows: int | None
) -> "sa.Select[Any, Any, Any]":
    """Return a query of inputs, digest and time of a window's answered rows, the newest first."""
    columns = PREDICTIONS.c
    query = sa.select(columns.features, columns.digest, columns.at)
    query = query.where(columns.problem == problem, columns.shadow_of.is_(None))
    if since is not None:
        query = query.where(columns.at >= seconds_since_1970(since))
    if until is not None:
        query = query.where(columns.at < seconds_since_1970(until))
    query = query.order_by(columns.at.desc(), columns.prediction_id, columns.row)
    return query if max_rows is None else query.limit(max_rows)


def seconds_since_1970(moment: datetime) -> float:
    """Return a time in seconds since 1970; UTC if it has no time zone."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

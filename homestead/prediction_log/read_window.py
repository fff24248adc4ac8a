"""Reading a window of the prediction log."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import sqlalchemy as sa

from homestead.prediction_log.tables import PREDICTIONS

if TYPE_CHECKING:
    import pandas as pd


class LoggedWindow(NamedTuple):
    """Answered rows of a window.

    Attributes:
        inputs: what the models read, oldest first: one float64 column for each feature, NaN if
            missing; the index ``digest`` holds the SHA-256 of the row's model file. Sensitive
            features, of which only hashes are logged, are left out. No columns if nothing was
            logged.
        span: times of the oldest and newest row, UTC; None if there is no row.
    """

    inputs: "pd.DataFrame"
    span: tuple[datetime, datetime] | None


def read_window(
    engine: sa.Engine,
    problem: str,
    since: datetime | None = None,
    until: datetime | None = None,
    max_rows: int | None = None,
) -> LoggedWindow:
    """Read the model inputs of answered rows, and when they were answered.

    Args:
        engine: the database of the prediction log.
        problem: the problem's name.
        since: start of the window, inclusive; UTC if it has no time zone.
        until: end of the window, exclusive; UTC if it has no time zone.
        max_rows: read only so many of the newest rows of the window.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    import pandas as pd

    columns = PREDICTIONS.c
    query = sa.select(columns.features, columns.digest, columns.at)
    query = query.where(columns.problem == problem, columns.shadow_of.is_(None))
    if since is not None:
        query = query.where(columns.at >= seconds_since_1970(since))
    if until is not None:
        query = query.where(columns.at < seconds_since_1970(until))
    query = query.order_by(columns.at.desc(), columns.prediction_id, columns.row)
    if max_rows is not None:
        query = query.limit(max_rows)
    with engine.connect() as connection:
        found = connection.execute(query)
        rows = [(msgspec.json.decode(text), digest, at) for text, digest, at in found]
    rows.reverse()
    digests = pd.Index([digest for _, digest, _ in rows], name="digest", dtype=object)
    frame = pd.DataFrame([features for features, _, _ in rows], index=digests)
    hashed = [name for name in frame if frame[name].map(lambda value: isinstance(value, str)).any()]
    span = None
    if rows:
        span = datetime.fromtimestamp(rows[0][2], UTC), datetime.fromtimestamp(rows[-1][2], UTC)
    return LoggedWindow(frame.drop(columns=hashed).astype(float), span)


def seconds_since_1970(moment: datetime) -> float:
    """Return a time in seconds since 1970; UTC if it has no time zone."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

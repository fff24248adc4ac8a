"""Reading a window of the prediction log, of which the database draws the rows."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import sqlalchemy as sa

from homestead.prediction_log.parquet.log import LogSource, of_window
from homestead.prediction_log.tables import PREDICTIONS

if TYPE_CHECKING:
    import pandas as pd

# Rows whose texts are in memory at one time; of the others, numbers alone.
_ROWS_PER_PART = 10_000


class LoggedWindow(NamedTuple):
    """Answered rows of a window.

    Attributes:
        inputs: what the models read, oldest first: one float64 column for each feature, NaN if
            missing; the index ``digest`` holds the SHA-256 of the row's model file. Sensitive
            features, of which only hashes are logged, are left out. No columns if nothing was
            logged.
        span: times of the oldest and newest row of the window, UTC; None if there is no row.
        rows: number of rows of the window, of which ``inputs`` may be a sample.
    """

    inputs: "pd.DataFrame"
    span: tuple[datetime, datetime] | None
    rows: int


def count_by_digest(
    source: LogSource,
    problem: str,
    since: datetime | None = None,
    until: datetime | None = None,
    max_rows: int | None = None,
) -> dict[str, int]:
    """Return how many rows of a window each model file answered, by its SHA-256.

    Args:
        source, problem, since, until, max_rows: as :func:`read_window`.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    window = _window(problem, since, until, max_rows).subquery()
    query = sa.select(window.c.digest, sa.func.count().label("rows")).group_by(window.c.digest)
    with _part(source, problem, since, until).connect() as connection:
        return {row.digest: row.rows for row in connection.execute(query)}


def read_window(
    source: LogSource,
    problem: str,
    since: datetime | None = None,
    until: datetime | None = None,
    max_rows: int | None = None,
    *,
    digests: Collection[str] | None = None,
    sample: int | None = None,
) -> LoggedWindow:
    """Read the model inputs of answered rows, and when they were answered.

    The database draws the sample, so that a window of any length needs the memory of its sample.
    The same rows give the same sample in each database: see :func:`sample_order`.

    Args:
        source: the database of the prediction log, or its files and the database.
        problem: the problem's name.
        since: start of the window, inclusive; UTC if it has no time zone.
        until: end of the window, exclusive; UTC if it has no time zone.
        max_rows: only so many of the newest rows are the window.
        digests: SHA-256 of the model files whose rows count; all by default.
        sample: read so many rows at most, drawn from the window by their ids.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    import pandas as pd

    parts, first, last, rows = [], 0.0, 0.0, 0
    with _part(source, problem, since, until).connect() as connection:
        query = _query(_window(problem, since, until, max_rows), digests, sample)
        result: Any = connection.execution_options(yield_per=_ROWS_PER_PART).execute(query)
        for part in result.partitions():
            *_, first, last, rows = part[0]
            parts.append(_numbers([(row.features, row.digest) for row in part]))
    if not parts:
        empty = pd.DataFrame(index=pd.Index([], name="digest", dtype=object))
        return LoggedWindow(empty, None, 0)
    span = datetime.fromtimestamp(first, UTC), datetime.fromtimestamp(last, UTC)
    hashed = {name for part in parts for name in part if part[name].dtype == object}
    inputs = pd.concat([part.drop(columns=hashed, errors="ignore") for part in parts])
    return LoggedWindow(inputs, span, rows)


def sample_order(table: sa.FromClause) -> sa.ColumnElement[str]:
    """Return the expression in whose order rows are drawn: the MD5 of a row's id and number.

    It has nothing to do with a row's values or time, and the rows of one request, which are alike,
    are drawn one by one. PostgreSQL, sqlite (see :mod:`homestead.database.engine`) and DuckDB
    compute the same.
    """
    row = sa.cast(table.c.row, sa.String)
    return sa.func.md5(table.c.prediction_id.concat(":").concat(row))


def _part(
    source: LogSource, problem: str, since: datetime | None, until: datetime | None
) -> LogSource:
    limits = (None if time is None else seconds_since_1970(time) for time in (since, until))
    return of_window(source, problem, *limits)


def _window(
    problem: str, since: datetime | None, until: datetime | None, max_rows: int | None
) -> sa.Select[Any]:
    """Return the query of a window's rows, without what is long in them."""
    columns = PREDICTIONS.c
    query = sa.select(columns.prediction_id, columns.row, columns.digest, columns.at)
    query = query.where(columns.problem == problem, columns.shadow_of.is_(None))
    if since is not None:
        query = query.where(columns.at >= seconds_since_1970(since))
    if until is not None:
        query = query.where(columns.at < seconds_since_1970(until))
    if max_rows is not None:
        newest = query.order_by(columns.at.desc(), columns.prediction_id, columns.row)
        query = newest.limit(max_rows)
    return query


def _query(
    window: sa.Select[Any],
    digests: Collection[str] | None,
    sample: int | None,
) -> sa.Select[Any]:
    """Return the query of the drawn rows, oldest first, each with the window's span and count.

    One statement reads one state of the log: rows that arrive meanwhile are in both or in neither.
    """
    rows = window.cte("logged_window")
    counted = sa.select(rows)
    if digests is not None:
        counted = counted.where(rows.c.digest.in_(tuple(digests)))
    counted_rows = counted.cte("counted")
    drawn = sa.select(counted_rows)
    if sample is not None:
        drawn = drawn.order_by(sample_order(counted_rows)).limit(sample)
    keys = drawn.subquery("drawn")
    first, last, count = (
        sa.select(aggregate).scalar_subquery()
        for aggregate in (
            sa.func.min(counted_rows.c.at),
            sa.func.max(counted_rows.c.at),
            sa.func.count(counted_rows.c.at),
        )
    )
    logged = PREDICTIONS.c
    same_row = (logged.prediction_id == keys.c.prediction_id) & (logged.row == keys.c.row)
    return (
        sa.select(logged.features, logged.digest, first, last, count)
        .join(keys, same_row)
        .order_by(logged.at, logged.prediction_id.desc(), logged.row.desc())
    )


def _numbers(rows: list[tuple[str, str]]) -> "pd.DataFrame":
    """Return the features of rows as float64; a column with a hash in it stays as objects."""
    import pandas as pd

    digests = pd.Index([digest for _, digest in rows], name="digest", dtype=object)
    frame = pd.DataFrame([msgspec.json.decode(text) for text, _ in rows], index=digests)
    hashed = {name for name in frame if frame[name].map(lambda v: isinstance(v, str)).any()}
    numbers = {name: object if name in hashed else float for name in frame}
    return frame.astype(numbers)


def seconds_since_1970(moment: datetime) -> float:
    """Return a time in seconds since 1970; UTC if it has no time zone."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

"""Predictions that labels may be of, beside the labels in SQL, where they are joined.

A log in files has no rows in the table ``predictions``. Those that a batch of labels names are
copied to a temporary table of that name, which SQL then reads in place of the other.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa

from homestead.prediction_log.parquet.log import (
    LogSource,
    ParquetLog,
    hours_of_ids,
    of_hours,
    of_window,
)
from homestead.prediction_log.parquet.table import create_predictions
from homestead.prediction_log.tables import PREDICTIONS

_COLUMNS = ("prediction_id", "row", "problem", "at", "entity", "request_id", "shadow_of")
_KEY = ("prediction_id", "row")
# How labels name predictions: by the id in an answer, or by the client's id of its request.
# Feedback may mean either.
_BY_ANSWER, _BY_CLIENT = ("prediction", "feedback"), ("request", "feedback")
_NAMES = ", ".join(f'p."{name}"' for name in _COLUMNS)
_CANDIDATES = sa.Table(
    PREDICTIONS.name,
    sa.MetaData(),
    *(
        sa.Column(name, PREDICTIONS.c[name].type, primary_key=name in _KEY, autoincrement=False)
        for name in _COLUMNS
    ),
    prefixes=["TEMPORARY"],
)
_CHUNK_ROWS = 50_000
_Row = tuple[Any, ...]
_INSERT_NAMES = """
INSERT INTO named SELECT unnest($1::VARCHAR[]), unnest($2::VARCHAR[]), unnest($3::DOUBLE[]),
                         unnest($4::DOUBLE[]), unnest($5::DOUBLE[])
"""
_BY_ID = f"""
SELECT {_NAMES} FROM predictions AS p
WHERE p.shadow_of IS NULL AND p.prediction_id IN (
  SELECT name FROM named)
"""  # noqa: S608 - names of columns
_BY_REQUEST = f"""
SELECT {_NAMES} FROM predictions AS p
WHERE p.shadow_of IS NULL AND p.request_id IN (
  SELECT name FROM named)
"""  # noqa: S608 - names of columns
# The nearest before and after each time: no other is joined.
_BY_ENTITY = f"""
WITH nearest AS (
  SELECT n.name, max(p."at") FILTER (p."at" <= n.time) AS before,
         min(p."at") FILTER (p."at" > n.time) AS after
  FROM named AS n JOIN predictions AS p
    ON p.entity = n.name AND p."at" BETWEEN n.earliest AND n.latest
  WHERE p.shadow_of IS NULL
  GROUP BY n.name, n.time, n.earliest, n.latest
)
SELECT {_NAMES} FROM predictions AS p
JOIN (SELECT name, before AS "at" FROM nearest UNION SELECT name, after FROM nearest) AS n
  ON p.entity = n.name AND p."at" = n."at"
WHERE p.shadow_of IS NULL
"""  # noqa: S608 - names of columns


class Name(NamedTuple):
    """How a label names its prediction.

    Attributes:
        named_by: ``prediction``, ``request``, ``entity`` or ``feedback``.
        time: that of the label; None if it names none.
        earliest, latest: times that the prediction may have, seconds since 1970.
    """

    named_by: str
    name: str | None
    time: float | None = None
    earliest: float | None = None
    latest: float | None = None


def find_candidates(source: LogSource, problem: str, names: Iterable[Name]) -> list[_Row] | None:
    """Return the predictions in files that labels may be of.

    It takes as long as reading the files does, and so is called outside of transactions.

    Returns:
        Rows, each once; None of a log in the database, which has them.

    Raises:
        UserError: DuckDB's share of memory and the disk do not suffice.
    """
    if not isinstance(source, ParquetLog):
        return None
    rows = [name for name in names if name.name is not None]
    found: dict[tuple[Any, ...], _Row] = {}

    def keep(part: LogSource, chosen: Sequence[Name], statement: str) -> None:
        if chosen and isinstance(part, ParquetLog):
            for row in _select(part, chosen, statement):
                found.setdefault(row[: len(_KEY)], row)

    by_id = [row for row in rows if row.named_by in _BY_ANSWER]
    hours, undated = hours_of_ids(row.name or "" for row in by_id)
    all_hours = of_window(source, problem)
    if hours:
        keep(of_hours(source, problem, hours), by_id, _BY_ID)
    keep(all_hours, [row for row in by_id if row.name in undated], _BY_ID)
    known = {prediction_id for prediction_id, _ in found}
    by_request = [row for row in rows if row.named_by in _BY_CLIENT and row.name not in known]
    keep(all_hours, by_request, _BY_REQUEST)
    by_entity = [row for row in rows if row.named_by == "entity" and row.time is not None]
    if by_entity:
        since_s = min(row.earliest or 0.0 for row in by_entity)
        until_s = max(row.latest or math.inf for row in by_entity)
        keep(of_window(source, problem, since_s, until_s), by_entity, _BY_ENTITY)
    return list(found.values())


@contextmanager
def staged_candidates(connection: sa.Connection, rows: list[_Row] | None) -> Iterator[None]:
    """Make candidates the predictions that the block's statements read.

    Args:
        connection: of the database, in a transaction.
        rows: of :func:`find_candidates`.

    Raises:
        SQLAlchemyError: the database cannot be read or written.
    """
    if rows is None:
        yield
        return
    _drop(connection)
    _CANDIDATES.create(connection)
    for first in range(0, len(rows), _CHUNK_ROWS):
        part = rows[first : first + _CHUNK_ROWS]
        values = [dict(zip(_COLUMNS, row, strict=True)) for row in part]
        connection.execute(sa.insert(_CANDIDATES), values)
    # Names of indexes belong to the schema of the table, which is the temporary one.
    schema = "temp." if connection.dialect.name == "sqlite" else ""
    for number, columns in enumerate(("request_id", "problem, entity, at")):
        connection.exec_driver_sql(
            f"CREATE INDEX {schema}label_candidates_{number} ON predictions ({columns})"
        )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE predictions")
    yield
    # After an error the transaction takes the table with it.
    _drop(connection)


def _drop(connection: sa.Connection) -> None:
    schema = "temp" if connection.dialect.name == "sqlite" else "pg_temp"
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {schema}.predictions")


def _select(source: ParquetLog, rows: Sequence[Name], statement: str) -> Iterator[_Row]:
    """Yield the predictions that names lead to."""
    with source.files() as (database, files):
        create_predictions(database, files)
        database.execute(
            "CREATE TABLE named (named_by VARCHAR, name VARCHAR, time DOUBLE, earliest DOUBLE,"
            " latest DOUBLE)"
        )
        for first in range(0, len(rows), _CHUNK_ROWS):
            # As lists, because servers have no pandas.
            columns = [
                list(column) for column in zip(*rows[first : first + _CHUNK_ROWS], strict=True)
            ]
            database.execute(_INSERT_NAMES, columns)
        database.execute(statement)
        while found := database.fetchmany(_CHUNK_ROWS):
            yield from found

"""Rows of a query on PostgreSQL or SQLite, which only reads, or of a table of Spark's catalog."""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import UUID

import sqlalchemy as sa

from homestead.errors import UserError
from homestead.problem.values.source_urls import (
    SPARK_SCHEME,
    SqlSource,
    parse_sql_source,
    source_place,
    sqlite_path,
)
from homestead.settings import Settings

_CONNECT_TIMEOUT_S = 10
_QUERY_TIMEOUT_S = 1800
# In UTC, so that no setting of a server or an account changes a value.
_OPTIONS = f"-c statement_timeout={_QUERY_TIMEOUT_S * 1000} -c TimeZone=UTC"
# Rows that are in memory as Python's objects at once.
_FETCHED_ROWS = 16_384
_ORDERED = re.compile(r"\border\s+by\b", re.IGNORECASE)
Row = tuple[Any, ...]


class QueryRows(NamedTuple):
    """What a query yields.

    Attributes:
        names: of its columns.
        batches: the rows in the database's order, some at a time.
    """

    names: list[str]
    batches: Iterator[list[Row]]


@contextmanager
def open_query(source: str) -> Iterator[QueryRows]:
    """Run a source's query; its rows are fetched as they are read, by a cursor of the server.

    User and password are ``HOMESTEAD_SOURCE_USER`` and ``HOMESTEAD_SOURCE_PASSWORD``; without them
    those of the URL and of the database's own environment variables count.

    Raises:
        UserError: the database cannot be reached, or the query fails or yields a name twice; of a
            table of Spark's catalog, as :func:`homestead.data.sources.spark_catalog.open_table`.
    """
    sql = parse_sql_source(source)
    place = source_place(source)
    scheme = sql.url.partition(":")[0].lower()
    run = {"sqlite": _run_sqlite, SPARK_SCHEME: _run_spark}.get(scheme, _run_postgresql)
    try:
        with run(sql, place) as rows:
            twice = [name for name, count in Counter(rows.names).items() if count > 1]
            if twice:
                raise UserError(
                    f"{place}: the query yields {', '.join(twice)} twice, allowed is once"
                )
            yield rows
    except (sa.exc.SQLAlchemyError, sqlite3.Error, UnicodeError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise UserError(f"{place}: the query failed: {reason}") from None


def is_ordered(source: str) -> bool:
    """Return whether the query says in which order its rows are."""
    return _ORDERED.search(parse_sql_source(source).query) is not None


@contextmanager
def _run_postgresql(sql: SqlSource, place: str) -> Iterator[QueryRows]:
    settings = Settings.read()
    url = sa.make_url(sql.url).set(drivername="postgresql+psycopg")
    if settings.source_user:
        url = url.set(username=settings.source_user)
    if settings.source_password:
        url = url.set(password=settings.source_password)
    arguments = {"connect_timeout": _CONNECT_TIMEOUT_S, "options": _OPTIONS}
    engine = sa.create_engine(
        url,
        poolclass=sa.NullPool,
        hide_parameters=True,
        connect_args={key: value for key, value in arguments.items() if key not in url.query},
    )
    # Without parameters a % in the query is no placeholder.
    reading = {"postgresql_readonly": True, "no_parameters": True, "yield_per": _FETCHED_ROWS}
    with engine.connect() as connection:
        result = connection.execution_options(**reading).exec_driver_sql(sql.query)
        if not result.returns_rows:
            raise UserError(f"{place}: the query yields no rows, allowed is a SELECT")
        fetched = ([tuple(map(_plain, row)) for row in rows] for rows in result.partitions())
        with closing(result):
            yield QueryRows(list(result.keys()), fetched)


@contextmanager
def _run_sqlite(sql: SqlSource, place: str) -> Iterator[QueryRows]:
    path = Path(sqlite_path(sql.url.partition("?")[0]))
    # Opening a file that does not exist would create it.
    if not path.is_file():
        raise UserError(f"{place}: no such file")
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
        cursor = connection.execute(sql.query)
        if cursor.description is None:
            raise UserError(f"{place}: the query yields no rows, allowed is a SELECT")
        names = [column[0] for column in cursor.description]
        yield QueryRows(names, iter(lambda: cursor.fetchmany(_FETCHED_ROWS), []))


@contextmanager
def _run_spark(sql: SqlSource, place: str) -> Iterator[QueryRows]:
    from homestead.data.sources.spark_catalog import open_table

    with open_table(place, sql.query) as (names, batches):
        yield QueryRows(names, batches)


def _plain(value: Any) -> Any:
    if isinstance(value, UUID | dict | list):
        return str(value)
    return bytes(value) if isinstance(value, memoryview) else value

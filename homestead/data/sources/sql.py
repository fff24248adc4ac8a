"""Rows of a query on PostgreSQL or SQLite, in a transaction that only reads."""

import hashlib
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from homestead.data.exact_frame import ROW, exact_frame
from homestead.errors import UserError
from homestead.problem.values.source_urls import (
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
_ORDERED = re.compile(r"\border\s+by\b", re.IGNORECASE)


def read_sql(source: str) -> tuple[pd.DataFrame, str]:
    """Run a source's query.

    User and password are ``HOMESTEAD_SOURCE_USER`` and ``HOMESTEAD_SOURCE_PASSWORD``; without them
    those of the URL and of the database's own environment variables count.

    Returns:
        The rows with exact integers and decimals, and the SHA-256 of their names and values in
        hex, which does not depend on their order. The index ``row`` counts from 1. Without an
        ORDER BY the rows are in the order of their values, so that each reading gives the same.

    Raises:
        UserError: the database cannot be reached, or the query fails or yields a name twice.
    """
    sql = parse_sql_source(source)
    place = source_place(source)
    try:
        names, rows = _run(sql, place)
    except (sa.exc.SQLAlchemyError, sqlite3.Error, UnicodeError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        raise UserError(f"{place}: the query failed: {reason}") from None
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UserError(f"{place}: the query yields {', '.join(twice)} twice, allowed is once")
    keyed = [(repr(row), row) for row in rows]
    if not _ORDERED.search(sql.query):
        keyed.sort(key=lambda pair: pair[0])
    return _frame(names, [row for _, row in keyed]), _hash_rows(names, [text for text, _ in keyed])


def _run(sql: SqlSource, place: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    if sql.url.startswith("sqlite"):
        return _run_sqlite(Path(sqlite_path(sql.url.partition("?")[0])), sql.query, place)
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
    reading = {"postgresql_readonly": True, "stream_results": True, "no_parameters": True}
    with engine.connect() as connection:
        result = connection.execution_options(**reading).exec_driver_sql(sql.query)
        if not result.returns_rows:
            raise UserError(f"{place}: the query yields no rows, allowed is a SELECT")
        return list(result.keys()), [tuple(map(_plain, row)) for row in result]


def _run_sqlite(path: Path, query: str, place: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    # Opening a file that does not exist would create it.
    if not path.is_file():
        raise UserError(f"{place}: no such file")
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
        cursor = connection.execute(query)
        if cursor.description is None:
            raise UserError(f"{place}: the query yields no rows, allowed is a SELECT")
        return [column[0] for column in cursor.description], cursor.fetchall()


def _plain(value: Any) -> Any:
    if isinstance(value, UUID | dict | list):
        return str(value)
    return bytes(value) if isinstance(value, memoryview) else value


def _frame(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    columns = {
        name: _column([row[position] for row in rows]) for position, name in enumerate(names)
    }
    index = pd.RangeIndex(1, len(rows) + 1, name=ROW)
    return pd.DataFrame(columns).set_index(index) if rows else pd.DataFrame(columns)


def _column(values: list[Any]) -> pd.Series:
    """Return values in a type that holds them exactly, of different types as they are."""
    if len({type(value) for value in values if value is not None}) != 1:
        return pd.Series(values, dtype=object)
    try:
        table = pa.table({"values": pa.array(values)})
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return pd.Series(values, dtype=object)
    return exact_frame(table)["values"]


def _hash_rows(names: Sequence[str], rows: Sequence[str]) -> str:
    digest = hashlib.sha256(repr(list(names)).encode())
    for row in sorted(rows):
        digest.update(row.encode(errors="surrogatepass") + b"\n")
    return digest.hexdigest()

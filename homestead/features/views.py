"""Feature views as tables: values of entities, each with the time from which on it is known."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from homestead.data.tables import write_parquet
from homestead.errors import UserError
from homestead.features.duckdb_tables import (
    arrow_table,
    connect_for_queries,
    key_sql,
    number_sql,
    time_sql,
)
from homestead.features.view_sources.history import history_query
from homestead.features.view_sources.view_query import YIELDED, positions, query_rows, run_query
from homestead.names import EVENT_TIME
from homestead.problem.encoding import add_derived_columns, encode_stored
from homestead.problem.entity_keys import MAX_EXACT_FLOAT
from homestead.problem.schema import Problem
from homestead.problem.sections.view import View

if TYPE_CHECKING:
    import duckdb

# Event time of all rows of a problem without time stamps, as Feast and the file format need one.
NO_TIME = pd.Timestamp(0)
_QUERY_TIMEOUT_S = 3600.0


def view_tables(valid: pd.DataFrame, problem: Problem) -> dict[str, pd.DataFrame]:
    """Return a table per view: entity (int64 or str), ``event_timestamp``, features (float64).

    Without time stamps an entity has one row, whose time is :data:`NO_TIME`.

    The same rows give the same bytes: queries run on one thread, over rows in the order of time and
    key, and a table is in the order of time and entity. Rows without an entity or a time, which
    could be joined to nothing, are left out, and rows that are equal throughout count once.

    Args:
        valid: ingested rows.

    Raises:
        UserError: a query fails, does not yield the entity, the event time or a feature, or a view
            holds two different rows of an entity at one time.
    """
    if not problem.views:
        return {}
    order = list(problem.identity_columns)
    rows = add_derived_columns(valid, problem)
    rows = rows.sort_values(order, ignore_index=True, kind="stable")
    return {name: _view_table(name, view, rows, problem) for name, view in problem.views.items()}


def write_views(tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Write each view's table to its file in ``folder``."""
    for name, table in tables.items():
        write_parquet(table, view_file(folder, name))


def view_file(folder: Path, view: str) -> Path:
    """Return the Parquet file of a view's table."""
    return folder / f"{view}.parquet"


def is_text_entity(problem: Problem, entity: str) -> bool:
    """Return whether an entity's keys are text; otherwise they are integers."""
    column = problem.columns.get(entity)
    return column is not None and column.type in ("category", "text")


def _view_table(name: str, view: View, rows: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    import duckdb

    source = "query" if view.query else "history" if view.history else "columns"
    key = f"views.{name}.{source}"
    with connect_for_queries(key) as connection, _time_limit(connection):
        try:
            if view.query:
                names = query_rows(connection, key, view.query, rows, problem)
            elif view.history:
                is_text = is_text_entity(problem, view.entity)
                query = history_query(connection, view, rows, problem, text_entity=is_text)
                run_query(connection, key, query)
                names = _column_names(view)
            else:
                connection.register(YIELDED, _stored_columns(view, rows, problem))
                names = _column_names(view)
            table = _typed(connection, key, names, view, problem)
        except duckdb.InterruptException:
            raise UserError(f"{key}: took longer than {_QUERY_TIMEOUT_S:g} s") from None
        except (duckdb.OutOfMemoryException, duckdb.IOException):
            raise  # named by the connection, which knows its limits
        except duckdb.Error as error:
            raise UserError(f"{key}: {error}") from None
    return _with_distinct_times(table, key, view, problem)


@contextmanager
def _time_limit(connection: "duckdb.DuckDBPyConnection") -> Iterator[None]:
    """Interrupt what runs for too long, such as a recursion without end."""
    timer = threading.Timer(_QUERY_TIMEOUT_S, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _column_names(view: View) -> list[str]:
    return list(dict.fromkeys([view.entity, EVENT_TIME, *view.names]))


def _stored_columns(view: View, rows: pd.DataFrame, problem: Problem) -> pa.Table:
    """Return entity, event time and features under the names c0, c1, …."""
    times = [] if problem.timestamp is None else [problem.timestamp]
    table = arrow_table(rows[[view.entity, *times]], problem)
    if problem.timestamp is None:
        no_times = pa.array([NO_TIME.to_pydatetime()] * len(rows), pa.timestamp("us"))
        table = table.append_column(EVENT_TIME, no_times)
    numbers = [encode_stored(rows[n], problem.columns[n]) for n in _column_names(view)[2:]]
    arrays = [*table.columns, *numbers]
    return pa.table(dict(zip(positions(arrays), arrays, strict=True)))


def _typed(
    connection: "duckdb.DuckDBPyConnection",
    key: str,
    names: list[str],
    view: View,
    problem: Problem,
) -> pd.DataFrame:
    """Return what a view yields in its types and in the order of time and entity."""
    types = [column_type.id for column_type in connection.table(YIELDED).types]
    expressions = []
    for name in _column_names(view):
        if name == EVENT_TIME and problem.timestamp is None:
            expressions.append(f"TIMESTAMP '{NO_TIME}'")
            continue
        if names.count(name) != 1:
            count = "two columns" if name in names else "no column"
            raise UserError(f"{key}: yields {count} {name}; found {', '.join(names)}")
        position = names.index(name)
        try:
            sql = _column_sql(name, positions(names)[position], types[position], view, problem)
        except TypeError as error:
            raise UserError(f"{key}: {name} is {types[position]}, allowed is {error}") from None
        expressions.append(sql)
    _require_exact_keys(connection, key, types[names.index(view.entity)], names, view)
    selected = ", ".join(f"{sql} AS c{i}" for i, sql in enumerate(expressions))
    table: pd.DataFrame = connection.sql(
        f"SELECT * FROM (SELECT {selected} FROM {YIELDED})"
        " WHERE c0 IS NOT NULL AND isfinite(c1) ORDER BY c1, c0"
    ).df()
    table.columns = _column_names(view)
    return table.assign(
        **{EVENT_TIME: table[EVENT_TIME].astype("datetime64[us]").dt.tz_localize("UTC")}
    )


def _require_exact_keys(
    connection: "duckdb.DuckDBPyConnection", key: str, key_type: str, names: list[str], view: View
) -> None:
    """Refuse floating-point keys beyond 2^53, each of which may stand for several integers."""
    if key_type not in ("float", "double"):
        return
    column = f"c{names.index(view.entity)}"
    [(largest,)] = connection.sql(
        f"SELECT max(abs({column})) FROM {YIELDED} WHERE isfinite({column})"
    ).fetchall()
    if largest is not None and largest > MAX_EXACT_FLOAT:
        raise UserError(
            f"{key}: {view.entity} is a {key_type} of up to {largest:.0f}, allowed is at most"
            f" {MAX_EXACT_FLOAT}, above which it stands for several integers; yield a BIGINT"
        )


def _column_sql(name: str, column: str, column_type: str, view: View, problem: Problem) -> str:
    if name == view.entity:
        return key_sql(column, column_type, text=is_text_entity(problem, name))
    return time_sql(column, column_type) if name == EVENT_TIME else number_sql(column, column_type)


def _with_distinct_times(
    table: pd.DataFrame, key: str, view: View, problem: Problem
) -> pd.DataFrame:
    """Return the table with equal rows once.

    Raises:
        UserError: different rows of an entity at one time, of which any could be the latest.
    """
    keys = [view.entity, EVENT_TIME]
    if not table.duplicated(keys).any():
        return table
    table = table.drop_duplicates(ignore_index=True)
    tied = table[table.duplicated(keys, keep=False)]
    if tied.empty:
        return table
    sizes = tied.groupby(keys, sort=False).size()
    entity, time = sizes.index[0]
    if problem.timestamp is None:
        raise UserError(
            f"{key}: found {sizes.iloc[0]} different rows of {view.entity} {entity}, allowed is"
            " one, because the problem has no timestamp by which one of them is the latest;"
            f" entities with several rows: {len(sizes)}. Name a timestamp, or aggregate the rows"
            " in a query"
        )
    raise UserError(
        f"{key}: found {sizes.iloc[0]} different rows of {view.entity} {entity} at"
        f" {time.tz_localize(None)}, allowed is one, because which of them is the latest is"
        f" undecided; {len(sizes)} times of an entity are affected. Aggregate them in a query, or"
        " select one by an order without ties"
    )

"""What a view's source yields, as the view's table: typed, in order, with equal rows once."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from homestead.engine.limits import connect
from homestead.engine.query_results import read_query
from homestead.errors import UserError
from homestead.features.duckdb_tables import (
    NO_TIME,
    is_text_entity,
    key_sql,
    number_sql,
    parquet_list,
    time_sql,
)
from homestead.features.view_sources.view_query import YIELDED, positions
from homestead.files import atomic_path
from homestead.names import EVENT_TIME
from homestead.problem.entity_keys import MAX_EXACT_FLOAT
from homestead.problem.schema import Problem
from homestead.problem.sections.view import View

if TYPE_CHECKING:
    import duckdb


def column_names(view: View) -> list[str]:
    """Return the columns of a view's table: entity, event time, features."""
    return list(dict.fromkeys([view.entity, EVENT_TIME, *view.names]))


def view_schema(view: View, problem: Problem) -> pa.Schema:
    """Return the schema of a view's table, in the order of :func:`column_names`."""
    key = pa.string() if is_text_entity(problem, view.entity) else pa.int64()
    types = {view.entity: key, EVENT_TIME: pa.timestamp("us", "UTC")}
    return pa.schema([(name, types.get(name, pa.float64())) for name in column_names(view)])


def write_yielded(
    connection: "duckdb.DuckDBPyConnection",
    key: str,
    names: list[str],
    view: View,
    problem: Problem,
    path: Path,
) -> None:
    """Write what a source yielded in the view's types, in the order of time and entity.

    Rows without an entity or a time, which could be joined to nothing, are left out, and rows that
    are equal throughout count once.

    Args:
        key: of the problem file, for messages.
        names: of the columns of the table ``yielded``.

    Raises:
        UserError: a column is missing, twice, or of a type that is not allowed.
    """
    types = [column_type.id for column_type in connection.table(YIELDED).types]
    expressions = []
    for name in column_names(view):
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
    write_in_order(
        connection,
        f"SELECT * FROM (SELECT {selected} FROM {YIELDED}) WHERE c0 IS NOT NULL AND isfinite(c1)",
        view_schema(view, problem),
        path,
    )


def merge_view(key: str, parts: Sequence[Path], view: View, problem: Problem, path: Path) -> None:
    """Write a view's table from its parts, and refuse one that holds two rows of one time.

    Args:
        parts: tables of the view, each in order; no entity is in two of them.

    Raises:
        UserError: different rows of an entity at one time, of which any could be the latest.
    """
    schema = view_schema(view, problem)
    columns = ", ".join(f"c{i}" for i, _ in enumerate(schema))
    table = f"{parquet_list(parts)} AS t({columns})"
    with connect(purpose=key, preserve_order=False) as connection:
        is_tied = write_in_order(connection, f"SELECT * FROM {table}", schema, path)
        if is_tied:
            _raise_tied(connection, key, path, view, problem)


def write_in_order(
    connection: "duckdb.DuckDBPyConnection", query: str, schema: pa.Schema, path: Path
) -> bool:
    """Write a query's columns c0, c1, … in the order of time and entity, equal rows once.

    Returns:
        Whether different rows of an entity have one time.
    """
    if not _write_sorted(connection, query, schema, path):
        return False
    columns = ", ".join(_equal_sql(i, field) for i, field in enumerate(schema))
    return _write_sorted(connection, f"SELECT DISTINCT {columns} FROM ({query})", schema, path)


def _equal_sql(number: int, field: pa.Field) -> str:
    """Return a column in which equal values have equal bits.

    0.0 and -0.0 are equal, and which of two rows with them is left would depend on threads. What
    is not a number is null in the table, and two rows may be equal because of that.
    """
    column = f"c{number}"
    if not pa.types.is_floating(field.type):
        return column
    value = f"CASE WHEN isnan({column}) THEN NULL WHEN {column} = 0 THEN 0 ELSE {column} END"
    return f"{value} AS {column}"


def _write_sorted(
    connection: "duckdb.DuckDBPyConnection", query: str, schema: pa.Schema, path: Path
) -> bool:
    """Write a query's rows in order, and return whether two have the same entity and time."""
    reader = read_query(connection, f"{query} ORDER BY c1, c0")
    is_tied, last = False, None
    with atomic_path(path) as temporary, pq.ParquetWriter(temporary, schema) as writer:
        for batch in reader:
            columns = [_finished(c, f.type) for c, f in zip(batch.columns, schema, strict=True)]
            table = pa.table(columns, schema=schema)
            keys = table.select([0, 1])
            is_tied = is_tied or has_ties(keys if last is None else pa.concat_tables([last, keys]))
            last = keys.slice(len(keys) - 1) if len(keys) else last
            writer.write_table(table)
    return is_tied


def _finished(values: pa.Array, arrow_type: pa.DataType) -> pa.Array:
    """Return a column in its type; a number that is none is null."""
    if pa.types.is_floating(values.type):
        return pc.if_else(pc.is_nan(values), None, values).cast(arrow_type)
    return values.cast(arrow_type)


def has_ties(keys: pa.Table) -> bool:
    """Return whether two neighbours of a table are equal in all columns."""
    if len(keys) < 2:
        return False
    is_equal = np.ones(len(keys) - 1, dtype=bool)
    for column in keys.columns:
        whole = column.combine_chunks()
        equal = pc.equal(whole.slice(0, len(whole) - 1), whole.slice(1))
        is_equal &= equal.to_numpy(zero_copy_only=False).astype(bool)
    return bool(is_equal.any())


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


def _raise_tied(
    connection: "duckdb.DuckDBPyConnection", key: str, path: Path, view: View, problem: Problem
) -> None:
    """Raise the error that names the first of the entities with several rows at one time."""
    columns = ", ".join(f"c{i}" for i, _ in enumerate(column_names(view)))
    tied = (
        "SELECT c0, make_timestamp(epoch_us(c1)) AS time, count(*) AS size"
        f" FROM {parquet_list([path])} AS t({columns}) GROUP BY ALL HAVING size > 1"
    )
    [(entity, time, size, count)] = connection.sql(
        f"SELECT *, count(*) OVER () FROM ({tied}) ORDER BY time, c0 LIMIT 1"
    ).fetchall()
    path.unlink()
    if problem.timestamp is None:
        raise UserError(
            f"{key}: found {size} different rows of {view.entity} {entity}, allowed is"
            " one, because the problem has no timestamp by which one of them is the latest;"
            f" entities with several rows: {count}. Name a timestamp, or aggregate the rows"
            " in a query"
        )
    raise UserError(
        f"{key}: found {size} different rows of {view.entity} {entity} at"
        f" {time}, allowed is one, because which of them is the latest is"
        f" undecided; {count} times of an entity are affected. Aggregate them in a query, or"
        " select one by an order without ties"
    )

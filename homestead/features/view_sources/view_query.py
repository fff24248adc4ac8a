"""Queries of views: one SELECT over the rows, and what it cannot read."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from homestead.data.exact_frame import exact_frame
from homestead.data.labelled.training_rows import LABELLED_COLUMN
from homestead.engine.buckets import BUCKET, POSITION, BucketInput
from homestead.errors import UserError
from homestead.features.duckdb_tables import arrow_schema, arrow_table, parquet_list
from homestead.features.offline.bucketed_rows import (
    bucket_numbers,
    key_column,
    known_derived,
    schema_of,
    with_derived,
    without_labelled,
)
from homestead.problem.schema import Problem

if TYPE_CHECKING:
    import duckdb

# What a view yields, under names that no column of the problem can disturb.
YIELDED = "yielded"


def query_input(valid: Path, entity: str, problem: Problem, buckets: int) -> BucketInput:
    """Return the valid rows as a query reads them: columns and derived ones in their types.

    Args:
        buckets: into which they are divided by the entity.
    """
    file = pq.read_schema(valid)
    names = row_columns(file.names, problem)
    schema = arrow_schema(names, problem)
    is_typed = all(
        name in file.names and file.field(name).type == schema.field(name).type for name in names
    )
    if buckets == 1 and is_typed and LABELLED_COLUMN not in file.names:
        return BucketInput(valid, tuple(names), None, schema)
    columns = {f"c{i}": field.type for i, field in enumerate(schema)}
    return BucketInput(
        valid,
        tuple(file.names),
        partial(prepare_rows, names=names, entity=entity, problem=problem, buckets=buckets),
        schema_of(columns),
    )


def row_columns(present: Sequence[str], problem: Problem) -> list[str]:
    """Return the columns that queries can read, in order.

    Without time stamps each row gets what its entity has, its own part included. The target is
    therefore none of them: a mean of it would tell the model what it has to predict.

    Args:
        present: columns of the valid rows.
    """
    hidden = {LABELLED_COLUMN, *([problem.target] if problem.timestamp is None else [])}
    names = dict.fromkeys([*present, *known_derived(problem, present)])
    return [name for name in names if name not in hidden]


def prepare_rows(
    table: pa.Table, *, names: list[str], entity: str, problem: Problem, buckets: int
) -> pa.Table:
    """Return some columns of rows in their types, under the names c0, c1, …."""
    table = with_derived(without_labelled(table), problem)
    typed = arrow_table(exact_frame(table.select(names)), problem)
    places = table.column(POSITION).combine_chunks()
    numbers = pa.array(np.zeros(len(table), np.int32))
    if buckets > 1:
        numbers = bucket_numbers(key_column(table, entity, problem), places, buckets)
    columns = dict(zip(positions(names), typed.columns, strict=True))
    return pa.table({POSITION: places, BUCKET: numbers, **columns})


def query_rows(
    connection: "duckdb.DuckDBPyConnection",
    key: str,
    query: str,
    file: Path,
    problem: Problem,
    names: list[str],
    *,
    is_prepared: bool,
) -> list[str]:
    """Run a view's query over the table ``rows``, and return the names that it yields.

    Args:
        key: of the problem file, for messages.
        file: Parquet file of the rows, from :func:`query_input`.
        names: the columns of ``rows``, from :func:`row_columns`.
        is_prepared: whether the file is from :func:`prepare_rows`, not the valid rows themselves.

    Raises:
        UserError: not one SELECT, or it reads a column that it cannot.
    """
    import duckdb

    hidden = {
        name: "is derived from a view's features, which no query knows; compute it in the query"
        for name in problem.derived
        if name not in names
    }
    if problem.timestamp is None:
        hidden[problem.target] = (
            "is the target, which a view without time stamps cannot read: a row would get values"
            " that know its own; name a timestamp, or leave the column out"
        )
    found = {name: f"f{i}" for i, name in enumerate(pq.read_schema(file).names)}
    sources = positions(names) if is_prepared else names
    columns = ", ".join(
        f"{found[source]} AS {_quoted(name)}" for source, name in zip(sources, names, strict=True)
    )
    table = f"{parquet_list([file])} AS t({', '.join(found.values())})"
    connection.execute(f"CREATE TEMP VIEW rows AS SELECT * FROM (SELECT {columns} FROM {table})")
    try:
        return run_query(connection, key, query)
    except duckdb.BinderException as error:
        message = str(error).lower()
        for name, reason in hidden.items():
            if f'"{name.lower()}"' in message:
                raise UserError(f"{key}: reads {name}, which {reason}") from None
        raise


def run_query(connection: "duckdb.DuckDBPyConnection", key: str, query: str) -> list[str]:
    """Run a query into a table of columns c0, c1, … and return the names that it yields.

    Raises:
        UserError: not one SELECT.
    """
    kinds = [statement.type.name for statement in connection.extract_statements(query)]
    if kinds not in (["SELECT"], ["MULTI"]):  # PIVOT is the latter
        found = kinds[0] if len(kinds) == 1 else f"{len(kinds)} statements"
        raise UserError(f"{key}: found {found}, allowed is one SELECT")
    names = list(connection.sql(query).columns)
    columns = ", ".join(positions(names))
    connection.execute(f"CREATE TEMP TABLE {YIELDED} ({columns}) AS {query}")
    return names


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def positions(columns: Iterable[object]) -> list[str]:
    """Return the names c0, c1, … of as many columns."""
    return [f"c{i}" for i, _ in enumerate(columns)]

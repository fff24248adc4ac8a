"""Rows of a table as bucket jobs read them: derived columns, canonical keys, numbers of buckets."""

from collections.abc import Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from homestead.data.exact_frame import exact_frame
from homestead.data.labelled.training_rows import LABELLED_COLUMN
from homestead.engine.buckets import BUCKET, POSITION
from homestead.features.duckdb_tables import NO_TIME, column_array
from homestead.problem.encoding import add_derived_columns
from homestead.problem.expressions.text_codes import compile_derived
from homestead.problem.schema import Problem
from homestead.problem.values.row_hashes import Hashes, number_hashes, text_hashes

# Bounds of signed 64-bit integers as doubles: the lower one is an integer, the upper one is none.
_LOWEST, _BEYOND = -(2.0**63), 2.0**63


def columns_read(names: Collection[str], problem: Problem, present: Collection[str]) -> list[str]:
    """Return the columns of a table from which some of its own and derived columns can be had.

    Args:
        names: wanted columns of the table and derived ones.
        present: the table's columns, among which derived ones may be.
    """
    expressions = compile_derived(problem.derived, problem.columns)
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in present:
            needed.add(name)
        elif name in expressions:
            waiting += expressions[name].names
    if LABELLED_COLUMN in present:
        needed.add(LABELLED_COLUMN)
    return [name for name in present if name in needed]


def known_derived(problem: Problem, present: Collection[str]) -> list[str]:
    """Return the derived columns that are in a table, or can be computed from its columns."""
    known = set(present)
    for name, expression in compile_derived(problem.derived, problem.columns).items():
        if expression.names <= known:
            known.add(name)
    return [name for name in problem.derived if name in known]


def with_derived(table: pa.Table, problem: Problem) -> pa.Table:
    """Return a table with the derived columns that it lacks and has the inputs of, as float64."""
    missing = [n for n in known_derived(problem, table.column_names) if n not in table.column_names]
    if not missing:
        return table
    names = columns_read(missing, problem, table.column_names)
    derived = add_derived_columns(exact_frame(table.select(names)), problem)
    for name in missing:
        table = table.append_column(name, pa.array(derived[name].to_numpy(), from_pandas=True))
    return table


def without_labelled(table: pa.Table) -> pa.Table:
    """Return the rows that views are computed from: all but labelled predictions.

    A view would know an outcome from the time of its prediction on, when nobody knew it: so
    labelled predictions ask views for values, and supply none.
    """
    if LABELLED_COLUMN not in table.column_names:
        return table
    is_own = pc.invert(table.column(LABELLED_COLUMN))
    return table.filter(is_own).drop_columns([LABELLED_COLUMN])


def canonical_keys(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return keys in their canonical form, int64 or string, null if there is none.

    It agrees with :func:`homestead.features.duckdb_tables.key_sql`.
    """
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_floating(column.type):
        whole = np.floor(column.to_numpy(zero_copy_only=False))
        with np.errstate(invalid="ignore"):
            is_key = (whole >= _LOWEST) & (whole < _BEYOND)
        return pa.array(np.where(is_key, whole, 0).astype(np.int64), mask=~is_key)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column.cast(pa.string())
    return column.cast(pa.int64())


def key_column(table: pa.Table, entity: str, problem: Problem) -> pa.Array:
    """Return the canonical keys of an entity, a column of the table or a derived one."""
    values = exact_frame(table.select([entity]))[entity]
    return canonical_keys(column_array(values, problem))


def times_us(table: pa.Table, problem: Problem) -> pa.Array:
    """Return each row's time in microseconds since 1970, int64; 0 in a problem without a time."""
    if problem.timestamp is None:
        return pa.array(np.full(len(table), NO_TIME.value // 1000, np.int64))
    times = table.column(problem.timestamp).combine_chunks()
    return times.cast(pa.timestamp("us")).cast(pa.int64())


def bucket_numbers(keys: pa.Array, positions: pa.Array, buckets: int) -> pa.Array:
    """Return each row's bucket, int32: equal keys are in one; rows without a key lie scattered."""
    place = positions.to_numpy(zero_copy_only=False).astype(np.uint64)
    numbers = np.where(
        keys.is_null().to_numpy(zero_copy_only=False), place, key_hashes(keys)
    ) % np.uint64(buckets)
    return pa.array(numbers.astype(np.int32))


def key_hashes(keys: pa.Array) -> Hashes:
    """Return a hash of each canonical key, which depends on nothing but the key."""
    if pa.types.is_integer(keys.type):
        return number_hashes(pc.fill_null(keys, 0).to_numpy(zero_copy_only=False))
    distinct = pc.dictionary_encode(pc.fill_null(keys, ""))
    hashes: Hashes = text_hashes(distinct.dictionary.to_pylist())
    of_rows: Hashes = hashes[distinct.indices.to_numpy(zero_copy_only=False)]
    return of_rows


def prepared(columns: dict[str, pa.Array], schema: pa.Schema) -> pa.Table:
    """Return prepared rows, columns in the order of a schema that has position and bucket."""
    return pa.table([columns[name] for name in schema.names], schema=schema)


def schema_of(columns: dict[str, pa.DataType]) -> pa.Schema:
    """Return the schema of prepared rows: position and bucket, then some columns."""
    return pa.schema({POSITION: pa.int64(), BUCKET: pa.int32(), **columns})

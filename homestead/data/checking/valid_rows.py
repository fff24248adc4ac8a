"""Valid rows as frames and as a Parquet file, with derived columns."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa

from homestead.data.checking.plain_values import ARROW_TYPES
from homestead.data.column_types import final_types
from homestead.data.exact_frame import exact_frame
from homestead.engine.background_writer import write_in_background
from homestead.problem.encoding import add_derived_columns
from homestead.problem.expressions.text_codes import compile_derived
from homestead.problem.schema import Problem

# Rows of a row group, which are also held in memory at once.
GROUP_ROWS = 122_880


def valid_frame(tables: Iterable[pa.Table], problem: Problem) -> pd.DataFrame:
    """Return all rows in pandas' types, with derived columns.

    Args:
        tables: at least one row in all.
    """
    typed = exact_frame(pa.concat_tables(tables))
    return add_derived_columns(final_types(typed, problem), problem)


def write_valid(
    tables: Iterable[pa.Table], path: Path, problem: Problem, lacks_target: bool
) -> None:
    """Write the rows with derived columns; reading the file gives :func:`valid_frame`.

    Args:
        tables: each becomes a row group.
        lacks_target: whether a row has no target.
    """
    schema = _schema(problem, lacks_target)
    with write_in_background(path, schema) as writer:
        for table in tables:
            writer.write(_with_derived(table, problem, schema), GROUP_ROWS)


def _schema(problem: Problem, lacks_target: bool) -> pa.Schema:
    """Return the columns' types, with those that pandas reads them in."""
    sample = {
        name: pa.array(["" if pa.types.is_string(kind) else 0] * 2, pa.string()).cast(kind)
        if pa.types.is_string(kind)
        else pa.array([0, 0], pa.int64()).cast(kind)
        for name, column in problem.columns.items()
        for kind in [ARROW_TYPES[column.type]]
    }
    if lacks_target:
        first = sample[problem.target].slice(0, 1)
        sample[problem.target] = pa.concat_arrays([first, pa.nulls(1, first.type)])
    frame = add_derived_columns(final_types(exact_frame(pa.table(sample)), problem), problem)
    return pa.Schema.from_pandas(frame, preserve_index=False)


def _with_derived(table: pa.Table, problem: Problem, schema: pa.Schema) -> pa.Table:
    expressions = compile_derived(problem.derived, problem.columns).values()
    read = {name for expression in expressions for name in expression.names} & {*problem.columns}
    # An expression without columns takes its number of rows from any other.
    inputs = table.select(sorted(read or problem.columns))
    frame = add_derived_columns(exact_frame(inputs), problem)
    for name in schema.names[len(table.column_names) :]:
        table = table.append_column(name, pa.array(frame[name], pa.float64(), from_pandas=True))
    return table.cast(schema)

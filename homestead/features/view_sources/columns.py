"""Views of columns: values of the valid rows, known from the row's own time stamp on."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from homestead.data.exact_frame import exact_frame
from homestead.engine.background_writer import write_in_background
from homestead.engine.buckets import read_batches
from homestead.features.offline.bucketed_rows import (
    columns_read,
    key_column,
    times_us,
    with_derived,
    without_labelled,
)
from homestead.features.view_sources.typed_view import view_schema
from homestead.problem.encoding import encode_stored
from homestead.problem.schema import Problem
from homestead.problem.sections.view import View


def write_columns_view(valid: Path, view: View, problem: Problem, path: Path) -> bool:
    """Write a view's table in the order of the valid rows, in bounded memory.

    Each row is computed alone, so that its bits depend on no other row.

    Returns:
        Whether the table is finished: its rows are in the order of time and entity, without ties.
    """
    schema = view_schema(view, problem)
    names = [view.entity, *view.names, *([problem.timestamp] if problem.timestamp else [])]
    present = pq.read_schema(valid).names
    read = columns_read(names, problem, present)
    is_ordered, last = True, None
    with write_in_background(path, schema) as writer:
        for batch in read_batches(valid, read):
            table = _stored(with_derived(without_labelled(batch), problem), view, problem, schema)
            keys = table.select([0, 1])
            keys = keys if last is None else pa.concat_tables([last, keys])
            is_ordered = is_ordered and _is_ascending(keys)
            last = keys.slice(max(0, len(keys) - 1))
            writer.write(table)
    return is_ordered


def _stored(table: pa.Table, view: View, problem: Problem, schema: pa.Schema) -> pa.Table:
    """Return the view's columns of some rows; those without a key or a time are left out."""
    keys, times = key_column(table, view.entity, problem), times_us(table, problem)
    frame = exact_frame(table.select(list(dict.fromkeys(view.names))))
    numbers = [
        pa.array(encode_stored(frame[name], problem.columns[name]), pa.float64(), from_pandas=True)
        for name in schema.names[2:]
    ]
    instants = times.cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
    stored = pa.table([keys, instants, *numbers], schema=schema)
    return stored.filter(pc.and_(pc.is_valid(keys), pc.is_valid(times)))


def _is_ascending(keys: pa.Table) -> bool:
    """Return whether rows are strictly in the order of the second column, then of the first."""
    if len(keys) < 2:
        return True
    entity, time = (column.combine_chunks() for column in keys.columns)
    count = len(keys) - 1

    def compare(function: str, column: pa.Array) -> np.ndarray:
        found = pc.call_function(function, [column.slice(0, count), column.slice(1)])
        return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)

    later, equal = compare("less", time), compare("equal", time)
    is_in_order = later | (equal & compare("less", entity))
    return bool(is_in_order.all())

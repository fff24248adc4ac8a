"""Checked rows divided into ranges of their first ordering column, each in order by itself.

Rows that share what identifies them lie in one range, and ranges follow each other: what is found
in each, one after the other, is what a single sort of all rows gives, wherever the bounds lie.
"""

from bisect import bisect_right
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from homestead.data.checking.check_batch import stored_name
from homestead.data.checking.shared_rows import FATE, SharedRows
from homestead.engine.buckets import (
    BUCKET,
    POSITION,
    Bucket,
    BucketInput,
    BucketJob,
    bucket_count,
    count_rows,
    read_batches,
)
from homestead.engine.limits import connect
from homestead.engine.query_results import read_query
from homestead.problem.schema import Problem

# Rows whose values tell where ranges begin.
_SAMPLE_ROWS = 100_000


def range_job(good: Path, problem: Problem) -> BucketJob:
    """Return the job that finds the fate of rows and brings them into order, range by range.

    Its outputs, one after the other, hold all rows in the order of time, key and place, with the
    column :data:`homestead.data.checking.shared_rows.FATE`.

    Args:
        good: Parquet file of rows that are good by themselves.
        problem: has a time or a key, by which rows are ordered.
    """
    column = stored_name(problem, problem.identity_columns[0])
    rows = count_rows(good)
    buckets = bucket_count(rows)
    bounds = range_bounds(good, column, buckets)
    schema = pq.read_schema(good)
    fields = [pa.field(POSITION, pa.int64()), pa.field(BUCKET, pa.int32()), *schema]
    source = BucketInput(
        good,
        tuple(schema.names),
        partial(prepare_range, column=column, bounds=bounds),
        pa.schema(fields),
    )
    compute = partial(order_range, problem=problem)
    return BucketJob("duplicates and order", buckets, (source,), compute, rows)


def range_bounds(good: Path, column: str, buckets: int) -> tuple[Any, ...]:
    """Return the lowest value of each range but the first, from rows at equal distances."""
    step = max(1, count_rows(good) // _SAMPLE_ROWS)
    found: list[Any] = []
    for table in read_batches(good, [column]):
        first = -table.column(POSITION)[0].as_py() % step
        sample = table.take(pa.array(np.arange(first, len(table), step)))
        found += (value for value in _comparable(sample, column).to_pylist() if value is not None)
    found.sort()
    return tuple(found[len(found) * i // buckets] for i in range(1, buckets)) if found else ()


def prepare_range(table: pa.Table, *, column: str, bounds: tuple[Any, ...]) -> pa.Table:
    """Return rows with their range; those without a value are in the last one, as they sort last.

    Args:
        bounds: from :func:`range_bounds`.
    """
    distinct = pc.dictionary_encode(_comparable(table, column).combine_chunks())
    of_distinct = [bisect_right(bounds, value) for value in distinct.dictionary.to_pylist()]
    places = pc.fill_null(distinct.indices, len(of_distinct)).to_numpy(zero_copy_only=False)
    numbers = np.array([*of_distinct, len(bounds)], np.int32)[places]
    rows = table.drop_columns([POSITION])
    columns = dict(zip(rows.column_names, rows.columns, strict=True))
    return pa.table({POSITION: table.column(POSITION), BUCKET: numbers, **columns})


def _comparable(table: pa.Table, column: str) -> pa.ChunkedArray:
    """Return values that Python compares as DuckDB does: texts by characters, times as numbers."""
    values = table.column(column)
    return values.cast(pa.int64()) if pa.types.is_timestamp(values.type) else values


def order_range(bucket: Bucket, *, problem: Problem) -> None:
    """Write the rows of a range in order, with the fate of each."""
    with connect(
        threads=1,
        preserve_order=False,
        connections=bucket.neighbours,
        purpose="duplicates and order of rows",
    ) as connection:
        shared = SharedRows(bucket.files[0], problem, connection)
        reader = read_query(connection, shared.fates)
        with pq.ParquetWriter(bucket.output, reader.schema, compression="lz4") as writer:
            for batch in reader:
                writer.write_batch(batch)


def left_batches(files: list[Path], columns: list[str], left: int) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a job's outputs that are left, one file after the other.

    Args:
        columns: those to read.
        left: the fate of these rows.
    """
    for path in files:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(columns=[*columns, FATE]):
                rows = batch.filter(pc.equal(batch.column(FATE), left))
                yield rows.select(columns)

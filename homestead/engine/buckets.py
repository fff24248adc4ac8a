"""Buckets: a table's rows divided by the hash of a key, so that each part is computed alone.

How many buckets there are depends on the number of rows only, never on the machine: sums of
doubles depend on which rows are added together, and in which order. One bucket is computed by one
thread over rows in their order, so that one core, many, and other machines give the same bits.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

# Tables up to this size are one bucket: dividing them would cost more than it saves.
SMALL_TABLE_ROWS = 250_000
_ROWS_PER_BUCKET = 125_000
_MAX_BUCKETS = 4096
# Rows that are read, prepared and written at once.
BATCH_ROWS = 131_072
# Rows that wait in memory, over all buckets, until they are written: more give fewer row groups.
_WAITING_ROWS = 1_000_000

# Columns of prepared rows: where a row stands in its table, and its bucket.
POSITION, BUCKET = "position", "bucket"


def bucket_count(rows: int) -> int:
    """Return the number of buckets of a table, a power of two: 1 up to 250,000 rows, then more.

    It is part of what a data set is: another number gives other last bits.
    """
    if rows <= SMALL_TABLE_ROWS:
        return 1
    needed = -(-rows // _ROWS_PER_BUCKET)
    return min(_MAX_BUCKETS, 1 << (needed - 1).bit_length())


@dataclass(frozen=True)
class Bucket:
    """The rows of one bucket, and where its result goes.

    Attributes:
        number: from 0 on.
        files: a Parquet file of prepared rows for each input of the job, in the rows' order.
        output: Parquet file to write.
        neighbours: how many buckets are computed at the same time, this one included; they share
            the memory.
    """

    number: int
    files: tuple[Path, ...]
    output: Path
    neighbours: int


@dataclass(frozen=True)
class BucketInput:
    """A table whose rows are divided into buckets.

    Attributes:
        file: its Parquet file.
        columns: those columns of the file that are read.
        prepare: from a batch of rows to what the job needs of them, in their order. A batch is the
            file's columns and :data:`POSITION`, the row's place in the table from 0 on; the result
            holds :data:`BUCKET` (int32) and, for the order, :data:`POSITION`. It must not depend on
            where batches begin. None: the file is read as it is, which needs a job of one bucket.
        schema: of the result.
    """

    file: Path
    columns: tuple[str, ...]
    prepare: Callable[[pa.Table], pa.Table] | None
    schema: pa.Schema


@dataclass(frozen=True)
class BucketJob:
    """A computation that is done for each bucket alone.

    Attributes:
        name: what is computed, for progress and messages; a key of the problem file or a view.
        buckets: their number, from :func:`bucket_count`.
        inputs: tables that are divided alike.
        compute: computes one bucket and writes its output.
        rows: of the first input, for progress.
    """

    name: str
    buckets: int
    inputs: tuple[BucketInput, ...]
    compute: Callable[[Bucket], None]
    rows: int


def read_batches(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield the rows of a Parquet file in order, each batch with the column :data:`POSITION`.

    A file without rows is one batch without rows, which has the columns.

    Args:
        columns: those that are read; all if None.
    """
    start = 0
    with pq.ParquetFile(path) as file:
        names = list(columns if columns is not None else file.schema_arrow.names)
        for batch in file.iter_batches(BATCH_ROWS, columns=names):
            table = pa.Table.from_batches([batch]).replace_schema_metadata(None).select(names)
            positions = pa.array(np.arange(start, start + len(table)))
            yield table.append_column(POSITION, positions)
            start += len(table)
        if not start:
            empty = file.schema_arrow.remove_metadata().empty_table().select(names)
            yield empty.append_column(POSITION, pa.array([], pa.int64()))


def count_rows(path: Path) -> int:
    """Return the number of rows of a Parquet file."""
    with pq.ParquetFile(path) as file:
        rows: int = file.metadata.num_rows
        return rows


def divide(source: BucketInput, buckets: int, folder: Path) -> list[Path]:
    """Write a table's prepared rows to a Parquet file for each bucket, in their order.

    Memory does not depend on the number of rows.

    Args:
        folder: existing folder for the files.

    Returns:
        The files by the buckets' numbers; a bucket without rows has an empty one.
    """
    prepare = source.prepare
    if prepare is None:
        return [source.file]
    paths = [folder / f"{number}.parquet" for number in range(buckets)]
    with ExitStack() as stack:
        writers = [stack.enter_context(pq.ParquetWriter(p, source.schema)) for p in paths]
        prepared = map(prepare, read_batches(source.file, source.columns))
        for number, table in rows_of_buckets(prepared, buckets):
            writers[number].write_table(table)
    return paths


def rows_of_buckets(tables: Iterable[pa.Table], buckets: int) -> Iterator[tuple[int, pa.Table]]:
    """Yield the number of a bucket and some of its rows, each bucket's in the order of the tables.

    Rows wait until there are many, so that a bucket's parts are large; memory is bounded.

    Args:
        tables: prepared rows.
    """
    waiting: list[list[pa.Table]] = [[] for _ in range(buckets)]
    rows_waiting = 0

    def take_waiting() -> Iterator[tuple[int, pa.Table]]:
        for number, parts in enumerate(waiting):
            if parts:
                yield number, pa.concat_tables(parts).combine_chunks()
            parts.clear()

    for table in tables:
        for number, part in split_by_bucket(table, buckets):
            waiting[number].append(part)
        rows_waiting += len(table)
        if rows_waiting >= _WAITING_ROWS:
            yield from take_waiting()
            rows_waiting = 0
    yield from take_waiting()


def split_by_bucket(table: pa.Table, buckets: int) -> Iterator[tuple[int, pa.Table]]:
    """Yield each bucket that has rows in a table, with these rows in their order."""
    numbers: npt.NDArray[np.int32] = table.column(BUCKET).to_numpy()
    if buckets == 1:
        yield 0, table
        return
    order = np.argsort(numbers, kind="stable")
    ends = np.searchsorted(numbers[order], np.arange(buckets), "right")
    ordered = table.take(order)
    start = 0
    for number, end in enumerate(ends.tolist()):
        if end > start:
            yield number, ordered.slice(start, end - start)
        start = end

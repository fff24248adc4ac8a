"""What Spark's executors do: prepare some rows, and compute one bucket.

Spark moves rows as bytes and never sees their types: its own would turn NaN into null, -0.0 into
0.0, and refuse nanoseconds and unsigned integers. Rows that stand in one batch of the table and in
one bucket are one message; a bucket's messages, sorted by position, are its rows in their order.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from homestead.engine.buckets import (
    BATCH_ROWS,
    POSITION,
    Bucket,
    BucketInput,
    BucketJob,
    rows_of_buckets,
)
from homestead.errors import UserError

if TYPE_CHECKING:
    from pyspark.core.broadcast import Broadcast

# A message's largest size: executors hold a few of them at a time, whatever a bucket's size.
MESSAGE_BYTES: Final = 4 * 2**20
# The message that each input sends to each of its buckets, so that those without rows exist.
_FIRST: Final = -1

_MESSAGES: Final = pa.schema(
    {"task": pa.int32(), "input": pa.int32(), "position": pa.int64(), "content": pa.binary()}
)
_RESULTS: Final = pa.schema({"task": pa.int32(), "content": pa.binary(), "error": pa.string()})


class Message(NamedTuple):
    """Some of a bucket's rows, or a piece of the file that is its only bucket.

    Attributes:
        task: number of the bucket among those of all jobs.
        input: number of the job's input.
        position: of the first row in its table, or of the first byte in its file.
        content: rows as an Arrow record batch without its schema, or bytes of the file.
    """

    task: int
    input: int
    position: int
    content: bytes


@dataclass(frozen=True)
class Part:
    """Some rows of a job's input, or some bytes of a file that is read as it is.

    Attributes:
        source, number: the input, and its number in the job.
        first_task, buckets: the task of the job's bucket 0, and the number of its buckets.
        position: of the first row in its table, or of the first byte in its file.
        content: rows as a stream of Arrow, with their positions, or bytes; empty without any.
    """

    source: BucketInput
    number: int
    first_task: int
    buckets: int
    position: int
    content: "Broadcast[bytes]"


def send_part(batches: Iterable[pa.RecordBatch], *, part: Part) -> Iterator[pa.RecordBatch]:
    """Prepare a part of a table, and yield its messages to the buckets.

    Args:
        batches: a row, for which Spark calls the function once.
    """
    for _ in batches:
        yield from _batches_of(_part_messages(part))


def _part_messages(part: Part) -> Iterator[Message]:
    if part.position == 0:
        for bucket in range(part.buckets):
            yield Message(part.first_task + bucket, part.number, _FIRST, b"")
    content = part.content.value
    prepare = part.source.prepare
    if prepare is None:
        for start in range(0, len(content), MESSAGE_BYTES):
            piece = content[start : start + MESSAGE_BYTES]
            yield Message(part.first_task, part.number, part.position + start, piece)
    elif content:
        with pa.ipc.open_stream(content) as reader:
            tables = (prepare(pa.Table.from_batches([batch])) for batch in reader)
            for bucket, rows in rows_of_buckets(tables, part.buckets):
                for batch in _pieces(rows):
                    position = batch.column(POSITION)[0].as_py()
                    encoded = batch.serialize().to_pybytes()
                    yield Message(part.first_task + bucket, part.number, position, encoded)


def _batches_of(messages: Iterable[Message]) -> Iterator[pa.RecordBatch]:
    """Yield messages as Spark takes them, a few at a time."""
    waiting: list[Message] = []
    size = 0
    for message in messages:
        waiting.append(message)
        size += len(message.content)
        if size >= MESSAGE_BYTES:
            yield _message_batch(waiting)
            waiting, size = [], 0
    if waiting:
        yield _message_batch(waiting)


def _message_batch(messages: list[Message]) -> pa.RecordBatch:
    columns = zip(_MESSAGES.types, zip(*messages, strict=True), strict=True)
    arrays = [pa.array(values, type_) for type_, values in columns]
    return pa.record_batch(arrays, schema=_MESSAGES)


def compute_tasks(
    batches: Iterable[pa.RecordBatch], jobs: Callable[[int], tuple[BucketJob, int]], neighbours: int
) -> Iterator[pa.RecordBatch]:
    """Compute the buckets whose messages arrive, in the order of task, input and position.

    A mistake of the user is part of the result: Spark would repeat a task that raises it.

    Args:
        jobs: returns a task's job and the number of its bucket.
        neighbours: buckets that an executor computes at the same time.

    Returns:
        Pieces of each bucket's output file, or the text of its :class:`UserError`.
    """
    messages = _messages(batches)
    for task, of_task in groupby(messages, itemgetter(0)):
        job, bucket = jobs(task)
        with tempfile.TemporaryDirectory(prefix="homestead-bucket-") as temporary:
            folder = Path(temporary)
            files = _write_inputs(of_task, job, folder)
            output = folder / "output.parquet"
            try:
                job.compute(Bucket(bucket, files, output, neighbours))
            except UserError as error:
                yield _result(task, None, str(error))
                continue
            for piece in file_pieces(output, MESSAGE_BYTES):
                yield _result(task, piece, None)


def file_pieces(path: Path, size: int) -> Iterator[bytes]:
    """Yield a file's bytes in pieces of a size."""
    with path.open("rb") as file:
        while piece := file.read(size):
            yield piece


def _result(task: int, content: bytes | None, error: str | None) -> pa.RecordBatch:
    columns = zip(_RESULTS.types, (task, content, error), strict=True)
    return pa.record_batch([pa.array([v], type_) for type_, v in columns], schema=_RESULTS)


def _pieces(rows: pa.Table) -> Iterator[pa.RecordBatch]:
    """Yield the rows in pieces of at most a message's size; a row alone may be larger."""
    count = max(1, MESSAGE_BYTES * len(rows) // max(1, rows.nbytes))
    for start in range(0, len(rows), count):
        yield from rows.slice(start, count).combine_chunks().to_batches()


def _messages(batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[int, int, int, pa.Buffer]]:
    for batch in batches:
        task, number, position = (batch.column(i).to_pylist() for i in range(3))
        for i, content in enumerate(batch.column(3)):
            yield task[i], number[i], position[i], content.as_buffer()


def _write_inputs(
    messages: Iterable[tuple[int, int, int, pa.Buffer]], job: BucketJob, folder: Path
) -> tuple[Path, ...]:
    """Write a bucket's file of each input."""
    files = tuple(folder / f"input-{number}.parquet" for number, _ in enumerate(job.inputs))
    for number, of_input in groupby(messages, itemgetter(1)):
        contents = (content for _, _, position, content in of_input if position != _FIRST)
        source = job.inputs[number]
        if source.prepare is None:
            with files[number].open("wb") as file:
                for content in contents:
                    file.write(content)
        else:
            _write_rows(contents, source.schema, files[number])
    return files


def _write_rows(contents: Iterable[pa.Buffer], schema: pa.Schema, path: Path) -> None:
    """Write rows to a Parquet file, many at a time."""
    with pq.ParquetWriter(path, schema) as writer:
        waiting: list[pa.RecordBatch] = []
        for content in contents:
            waiting.append(pa.ipc.read_record_batch(content, schema))
            if sum(batch.num_rows for batch in waiting) >= BATCH_ROWS:
                writer.write_table(pa.Table.from_batches(waiting).combine_chunks())
                waiting.clear()
        if waiting:
            writer.write_table(pa.Table.from_batches(waiting).combine_chunks())

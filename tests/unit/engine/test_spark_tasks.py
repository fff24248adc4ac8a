"""What executors do: bits that Spark's own types would change, order, sizes, users' mistakes."""

import struct
from functools import partial
from itertools import accumulate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.engine import spark_tasks
from homestead.engine.buckets import BUCKET, POSITION, Bucket, BucketInput, BucketJob
from homestead.engine.spark_tasks import Part, compute_tasks, send_part
from homestead.errors import UserError

CALL = [pa.record_batch({"id": [0]})]
# Bits that NaN, zeros and nulls have, and types that Spark refuses or replaces.
HARD = pa.table(
    {
        "double": pa.array([float("nan"), -0.0, None, 0.1, 5e-324, float("inf")], pa.float64()),
        "half": pa.array(np.array([1.5, -0.0, np.nan, 2, 3, 4], np.float16)),
        "nanoseconds": pa.array([1, None, 2**62, -1, 0, 5], pa.timestamp("ns", "Asia/Tokyo")),
        "unsigned": pa.array([2**64 - 1, 0, None, 1, 2, 3], pa.uint64()),
        "id": pa.array([1582218195625938945, -(2**63), 2**63 - 1, None, 0, 1], pa.int64()),
        "text": pa.array(["", None, "nan", "é\0", "a" * 300, " "], pa.string()),
    }
)


def scattered(table: pa.Table, *, buckets: int) -> pa.Table:
    """Put the row at position p into bucket p modulo the number of buckets."""
    places = table.column(POSITION).to_numpy()
    numbers = pa.array((places % buckets).astype(np.int32))
    rows = table.drop_columns([POSITION])
    columns = dict(zip(rows.column_names, rows.columns, strict=True))
    return pa.table({POSITION: places, BUCKET: numbers, **columns})


def copy_input(bucket: Bucket) -> None:
    """Write a bucket's rows, as they arrive."""
    pq.write_table(pq.read_table(bucket.files[0]), bucket.output)


def refuse(bucket: Bucket) -> None:
    raise UserError(f"bucket {bucket.number}: refused")


def job(path: Path, buckets: int, compute: Any = copy_input) -> BucketJob:
    pq.write_table(HARD, path)
    fields = [
        (POSITION, pa.int64()),
        (BUCKET, pa.int32()),
        *((f.name, f.type) for f in HARD.schema),
    ]
    prepare = partial(scattered, buckets=buckets)
    source = BucketInput(path, tuple(HARD.column_names), prepare, pa.schema(fields))
    return BucketJob("copy", buckets, (source,), compute, len(HARD))


def encoded(table: pa.Table, batch_rows: int) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, batch_rows)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def sorted_messages(parts: list[Part]) -> list[pa.RecordBatch]:
    """Return the messages of all parts as Spark hands them to the tasks."""
    sent = [batch for part in parts for batch in send_part(CALL, part=part)]
    table = pa.Table.from_batches(sent)
    order = [(name, "ascending") for name in ("task", "input", "position")]
    batches: list[pa.RecordBatch] = table.sort_by(order).to_batches(max_chunksize=2)
    return batches


def parts_of(source: BucketInput, buckets: int, rows: int) -> list[Part]:
    table = HARD.append_column(POSITION, pa.array(range(len(HARD))))
    contents = [table.slice(start, rows) for start in range(0, len(table), rows)]
    starts = [0, *accumulate(map(len, contents))]
    return [
        Part(source, 0, 10, buckets, start, SimpleNamespace(value=encoded(content, 2)))  # type: ignore[arg-type]
        for start, content in zip(starts, contents, strict=False)
    ]


def computed(of_job: BucketJob, parts: list[Part], folder: Path) -> dict[int, pa.Table]:
    def find(task: int) -> tuple[BucketJob, int]:
        return of_job, task - 10

    files: dict[int, bytes] = {}
    for batch in compute_tasks(sorted_messages(parts), find, 1):
        [row] = batch.to_pylist()
        if row["error"]:
            raise UserError(row["error"])
        files[row["task"]] = files.get(row["task"], b"") + row["content"]
    for task, content in files.items():
        (folder / f"{task}.parquet").write_bytes(content)
    return {task: pq.read_table(folder / f"{task}.parquet") for task in sorted(files)}


@pytest.mark.parametrize(("buckets", "rows"), [(1, 6), (4, 2), (8, 1)])
def test_each_bit_arrives_in_its_bucket_and_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, buckets: int, rows: int
) -> None:
    monkeypatch.setattr(spark_tasks, "MESSAGE_BYTES", 100)
    of_job = job(tmp_path / "rows.parquet", buckets)
    tables = computed(of_job, parts_of(of_job.inputs[0], buckets, rows), tmp_path)
    assert list(tables) == [10 + bucket for bucket in range(buckets)]  # those without rows, too
    for task, table in tables.items():
        places = list(range(task - 10, len(HARD), buckets))
        assert table.column(POSITION).to_pylist() == places
        expected = HARD.take(pa.array(places, pa.int64()))
        for name in HARD.column_names:
            assert bits(table.column(name)) == bits(expected.column(name))


def bits(column: pa.ChunkedArray) -> list[Any]:
    """Return values such that NaN equals itself, and -0.0 does not equal 0.0."""
    if pa.types.is_floating(column.type):
        return [v if v is None else struct.pack("<d", v) for v in column.to_pylist()]
    if pa.types.is_timestamp(column.type):
        return [str(column.type), *column.cast(pa.int64()).to_pylist()]
    return [str(column.type), *column.to_pylist()]


def test_a_file_that_is_read_as_it_is_arrives_byte_by_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark_tasks, "MESSAGE_BYTES", 64)
    path = tmp_path / "rows.parquet"
    pq.write_table(HARD, path)
    content = path.read_bytes()
    source = BucketInput(path, tuple(HARD.column_names), None, HARD.schema)
    seen: list[bytes] = []
    whole = BucketJob("whole", 1, (source,), lambda bucket: note(bucket, seen), len(HARD))
    parts = [
        Part(source, 0, 10, 1, start, SimpleNamespace(value=content[start : start + 500]))  # type: ignore[arg-type]
        for start in range(0, len(content), 500)
    ]
    computed(whole, parts, tmp_path)
    assert seen == [content]


def note(bucket: Bucket, seen: list[bytes]) -> None:
    seen.append(bucket.files[0].read_bytes())
    copy_input(bucket)


def test_a_table_without_rows_has_its_buckets(tmp_path: Path) -> None:
    of_job = job(tmp_path / "rows.parquet", 3)
    part = Part(of_job.inputs[0], 0, 10, 3, 0, SimpleNamespace(value=b""))  # type: ignore[arg-type]
    tables = computed(of_job, [part], tmp_path)
    assert [len(table) for table in tables.values()] == [0, 0, 0]
    assert tables[10].schema.names == of_job.inputs[0].schema.names


def test_a_large_bucket_is_many_small_messages(tmp_path: Path) -> None:
    """Executors hold a few of them at a time: one very large group stays within memory."""
    table = pa.table({POSITION: np.arange(2_000_000), "x": np.zeros(2_000_000)})
    source = BucketInput(
        tmp_path / "rows.parquet",
        ("x",),
        partial(scattered, buckets=1),
        pa.schema({POSITION: pa.int64(), BUCKET: pa.int32(), "x": pa.float64()}),
    )
    part = Part(source, 0, 0, 1, 0, SimpleNamespace(value=encoded(table, 131_072)))  # type: ignore[arg-type]
    sizes = [batch.nbytes for batch in send_part(CALL, part=part)]
    assert len(sizes) > 8
    assert max(sizes) < 2.5 * spark_tasks.MESSAGE_BYTES


def test_a_users_mistake_is_a_result(tmp_path: Path) -> None:
    of_job = job(tmp_path / "rows.parquet", 2, refuse)
    with pytest.raises(UserError, match="bucket 0: refused"):
        computed(of_job, parts_of(of_job.inputs[0], 2, 6), tmp_path)

"""Buckets: their number, the division of rows, order, and rows that are read in batches."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.engine import buckets
from homestead.engine.buckets import (
    BUCKET,
    POSITION,
    BucketInput,
    bucket_count,
    count_rows,
    divide,
    read_batches,
)
from tests.bucketed import use_small_buckets

SCHEMA = pa.schema({POSITION: pa.int64(), BUCKET: pa.int32(), "x": pa.int64()})


def by_remainder(table: pa.Table) -> pa.Table:
    """Return prepared rows: the bucket of x is x modulo 4; odd positions are left out."""
    x = table.column("x").to_numpy()
    columns = [table.column(POSITION), pa.array((x % 4).astype(np.int32)), table.column("x")]
    prepared = pa.table(columns, schema=SCHEMA)
    return prepared.filter(pa.array(prepared.column(POSITION).to_numpy() % 2 == 0))


@pytest.mark.parametrize(
    ("rows", "count"),
    [(0, 1), (250_000, 1), (250_001, 4), (1_000_000, 8), (10_000_000, 128), (10**12, 4096)],
)
def test_the_number_of_buckets_depends_on_the_rows_alone(rows: int, count: int) -> None:
    assert bucket_count(rows) == count


def test_each_row_is_in_one_bucket_and_buckets_keep_the_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_buckets(monkeypatch, batch=7)
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"x": np.arange(100) * 7 % 101, "other": ["a"] * 100}), path)
    paths = divide(BucketInput(path, ("x",), by_remainder, SCHEMA), 4, tmp_path)
    tables = [pq.read_table(file) for file in paths]
    for number, table in enumerate(tables):
        assert table.schema == SCHEMA
        assert set(table.column(BUCKET).to_pylist()) == {number}
        assert table.column(POSITION).to_pylist() == sorted(table.column(POSITION).to_pylist())
    places = sorted(place for t in tables for place in t.column(POSITION).to_pylist())
    assert places == list(range(0, 100, 2))


def test_a_bucket_without_rows_has_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"x": [4, 8, 12]}), path)
    paths = divide(BucketInput(path, ("x",), by_remainder, SCHEMA), 4, tmp_path)
    assert [count_rows(file) for file in paths] == [2, 0, 0, 0]


def test_a_table_that_needs_no_preparation_is_its_only_bucket(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    assert divide(BucketInput(path, ("x",), None, SCHEMA), 1, tmp_path) == [path]


def test_batches_number_the_rows_and_hold_the_columns_that_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "BATCH_ROWS", 4)
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"x": range(10), "a.b": range(10), "X": range(10)}), path)
    batches = list(read_batches(path, ["X", "a.b"]))
    assert [batch.column_names for batch in batches] == [["X", "a.b", POSITION]] * 3
    places = [place for batch in batches for place in batch.column(POSITION).to_pylist()]
    assert places == list(range(10))
    assert next(iter(read_batches(path))).column_names == ["x", "a.b", "X", POSITION]


def test_an_empty_table_has_no_batches(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"x": pa.array([], pa.int64())}), path)
    assert sum(map(len, read_batches(path))) == 0
    assert count_rows(path) == 0

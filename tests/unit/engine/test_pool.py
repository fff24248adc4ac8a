"""Bucket jobs on this machine: order of results, errors, progress, and what is left behind."""

import time
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.engine import pool
from homestead.engine.buckets import Bucket, BucketInput, BucketJob
from homestead.engine.pool import run_on_pool
from homestead.errors import UserError
from tests.unit.engine.test_buckets import SCHEMA, by_remainder


def double(bucket: Bucket, failing: tuple[int, ...] = (), delay_s: float = 0.0) -> None:
    """Write twice the x of each row; fail in some buckets, the sooner the higher their number."""
    if bucket.number in failing:
        time.sleep(0.02 * (4 - bucket.number))
        raise UserError(f"bucket {bucket.number} failed")
    time.sleep(delay_s)
    x = pq.read_table(bucket.files[0]).column("x")
    pq.write_table(pa.table({"y": [2 * v for v in x.to_pylist()]}), bucket.output)


def job(path: Path, name: str = "twice", failing: tuple[int, ...] = ()) -> BucketJob:
    pq.write_table(pa.table({"x": range(20)}), path)
    source = BucketInput(path, ("x",), by_remainder, SCHEMA)
    return BucketJob(name, 4, (source,), partial(double, failing=failing), 20)


@pytest.mark.parametrize("workers", [1, 3, 16])
def test_results_are_in_the_order_of_buckets(tmp_path: Path, workers: int) -> None:
    jobs = [job(tmp_path / f"{name}.parquet", name) for name in "ab"]
    work = tmp_path / "work"
    for outputs in run_on_pool(jobs, work, lambda line: None, workers):
        values = [pq.read_table(output).column("y").to_pylist() for output in outputs]
        assert values == [[0, 8, 16, 24, 32], [], [4, 12, 20, 28, 36], []]
    left = {path.parent.name for path in work.rglob("*.parquet")}
    assert left == {"output"}  # what was read is removed at once


@pytest.mark.parametrize("workers", [1, 2, 16])
def test_the_error_is_that_of_the_first_job_and_bucket(tmp_path: Path, workers: int) -> None:
    jobs = [
        job(tmp_path / "a.parquet"),
        job(tmp_path / "b.parquet", failing=(1, 3)),
        job(tmp_path / "c.parquet", failing=(0,)),
    ]
    with pytest.raises(UserError, match=r"^bucket 1 failed$"):
        run_on_pool(jobs, tmp_path / "work", lambda line: None, workers)


def test_progress_tells_the_rows_that_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_REPORT_EVERY_S", 0.0)
    lines: list[str] = []
    run_on_pool([job(tmp_path / "a.parquet")], tmp_path / "work", lines.append)
    assert lines == [f"twice: {rows} of 20 rows" for rows in (5, 10, 15, 20)]


def test_a_file_that_is_read_as_it_is_stays(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"x": [1, 2]}), path)
    whole = BucketJob("whole", 1, (BucketInput(path, ("x",), None, SCHEMA),), double, 2)
    [[output]] = run_on_pool([whole], tmp_path / "work", lambda line: None)
    assert pq.read_table(output).column("y").to_pylist() == [2, 4]
    assert path.exists()


def test_neighbours_are_at_most_the_buckets(tmp_path: Path) -> None:
    seen: list[int] = []

    def note(bucket: Bucket) -> None:
        seen.append(bucket.neighbours)
        double(bucket)

    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"x": [1]}), path)
    whole = BucketJob("whole", 1, (BucketInput(path, ("x",), None, SCHEMA),), note, 1)
    run_on_pool([whole], tmp_path / "work", lambda line: None, 16)
    assert seen == [1]

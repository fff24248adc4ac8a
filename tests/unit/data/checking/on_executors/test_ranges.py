"""Ranges of checked rows: equal values share one, and ranges follow each other."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.data.checking.check_batch import POSITION as SOURCE_ROW
from homestead.data.checking.check_batch import stored_name
from homestead.data.checking.on_executors.ranges import prepare_range, range_bounds, range_job
from homestead.data.checking.plain_values import ARROW_TYPES
from homestead.engine.buckets import BUCKET, read_batches
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from tests.bucketed import use_small_buckets

KEYS: dict[str, list[Any]] = {
    "integer": [-(2**63), 2**63 - 1, 2**53, 2**53 + 1, 0, -1, None],
    "text": ["", "z", "\u00e9", "e\u0301", "Z", "a\0", "\U0001f600", "\uffff", "10", None],
    "category": ["b", "a", "", "A", None],
}


def problem_of(kind: str, *, has_time: bool = False, drop: str = "") -> Problem:
    """Return a problem whose rows are ordered by a key of some type, after a time if it has one."""
    rule = f"drop: {{duplicates: {drop}}}\n" if drop else ""
    return parse_problem(
        "name: p\ntask: regression\nsource: p.csv\nkey: k\ntarget: y\ncolumns:\n"
        f"  k: {{type: {kind}}}\n  y: {{type: number}}\n  x: {{type: number}}\n"
        "  t: {type: timestamp}\nfeatures: [x]\nmetric: mae\nsplit: {kind: random}\n"
        "candidates: {only: {estimator: sklearn.linear_model.Ridge}}\n"
        + ("timestamp: t\n" if has_time else "")
        + rule
    )


def write_rows(problem: Problem, path: Path, seed: int) -> Path:
    """Write rows that are good by themselves, with repeated and contradicting ones."""
    draw = random.Random(seed)
    kind = problem.columns["k"].type
    rows = [
        {"k": draw.choice(KEYS[kind]), "t": draw.randrange(4), "x": 1.0, "y": draw.choice([1, 2])}
        for _ in range(300)
    ]
    columns = {
        stored_name(problem, name): pa.array([row[name] for row in rows], ARROW_TYPES[column.type])
        for name, column in problem.columns.items()
    }
    # Rows that are bad by themselves leave gaps in the positions.
    table = pa.table({**columns, SOURCE_ROW: pa.array(np.arange(300) * 3)})
    pq.write_table(table, path)
    return path


@pytest.mark.parametrize("kind", KEYS)
def test_equal_values_share_a_range_and_ranges_follow_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    use_small_buckets(monkeypatch, rows=40, batch=50)
    problem = problem_of(kind)
    good = write_rows(problem, tmp_path / "good.parquet", 1)
    job = range_job(good, problem)
    assert job.buckets >= 8
    bounds = range_bounds(good, "c0", job.buckets)
    assert len(bounds) == job.buckets - 1
    ranges: dict[Any, set[int]] = {}
    for table in read_batches(good):
        rows = prepare_range(table, column="c0", bounds=bounds)
        assert rows.schema.names == job.inputs[0].schema.names
        for value, number in zip(rows["c0"].to_pylist(), rows[BUCKET].to_pylist(), strict=True):
            ranges.setdefault(value, set()).add(number)
    assert all(len(numbers) == 1 for numbers in ranges.values())
    assert ranges.pop(None) == {job.buckets - 1}
    ordered = [min(ranges[value]) for value in sorted(ranges)]
    assert ordered == sorted(ordered)
    assert len({*ordered}) > 1


def test_a_column_without_any_value_is_one_range(tmp_path: Path) -> None:
    pq.write_table(pa.table({"c0": pa.nulls(5, pa.int64())}), tmp_path / "good.parquet")
    assert range_bounds(tmp_path / "good.parquet", "c0", 4) == ()

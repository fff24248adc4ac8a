"""Rows computed range by range: wherever bounds lie, what a single sort of all rows gives."""

from pathlib import Path

import pytest

from homestead.data.checking.on_executors.ranged_rows import RangedRows
from homestead.data.checking.shared_rows import SharedRows
from homestead.engine.limits import connect
from tests.bucketed import use_small_buckets
from tests.unit.data.checking.on_executors.test_ranges import problem_of, write_rows


@pytest.mark.parametrize(
    ("kind", "has_time", "drop"),
    [
        ("integer", False, ""),
        ("text", False, "identical"),
        ("text", True, "last"),
        ("category", False, "first"),
    ],
)
def test_ranges_give_what_one_sort_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, has_time: bool, drop: str
) -> None:
    use_small_buckets(monkeypatch, rows=40, batch=50)
    problem = problem_of(kind, has_time=has_time, drop=drop)
    good = write_rows(problem, tmp_path / "good.parquet", len(kind + drop))
    with connect() as first, connect() as second:
        whole = SharedRows(good, problem, first)
        ranged = RangedRows(good, problem, second, tmp_path / "ordered", lambda line: None)
        tables = [[*rows.ordered(33)] for rows in (whole, ranged)]
        assert tables[0] == tables[1]
        assert {len(table) for table in tables[1][:-1]} <= {33}
        bad = [[b for some in rows.bad_values() for b in some] for rows in (whole, ranged)]
        assert bad[0] == bad[1]
        assert whole.dropped == ranged.dropped
        assert bad[0] or whole.dropped.count
        for condition in ("true", "c1 > 1", "c0 IS NULL"):
            assert ranged.count(condition) == whole.count(condition)

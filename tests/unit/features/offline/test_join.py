"""Views and training set in buckets: the same bytes for each number of cores, each row once."""

import tempfile
from pathlib import Path

import pandas as pd
import pytest

from homestead.engine import pool
from homestead.features.offline.table_metadata import read_buckets
from homestead.features.training_set import write_training_set
from homestead.features.views import compute_views, view_buckets
from tests.bucketed import use_small_buckets, visits_problem, visits_rows, write_visits


def built(folder: Path, rows: pd.DataFrame | None = None) -> dict[str, bytes]:
    """Build views and training set, and return the files' content by name."""
    problem, valid = visits_problem(), write_visits(folder, rows)
    compute_views(valid, folder / "views", problem)
    write_training_set(valid, folder / "views", folder / "dataset.parquet", problem)
    files = [*(folder / "views").iterdir(), folder / "dataset.parquet"]
    return {path.name: path.read_bytes() for path in files}


def test_the_bytes_are_the_same_for_1_to_16_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_buckets(monkeypatch)
    contents = []
    for workers in (1, 2, 3, 16):
        monkeypatch.setattr(pool, "cpu_limit", lambda workers=workers: workers)
        with tempfile.TemporaryDirectory() as folder:
            contents.append(built(Path(folder)))
    assert contents == contents[:1] * 4


def test_each_row_comes_out_once_in_its_place_with_one_bucket_and_with_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = visits_rows(1500)
    for name in ("one", "many"):
        (tmp_path / name).mkdir()
        built(tmp_path / name, rows)
        use_small_buckets(monkeypatch, rows=200, batch=130)
    one, many = (pd.read_parquet(tmp_path / n / "dataset.parquet") for n in ("one", "many"))
    pd.testing.assert_frame_equal(many[list(rows)], rows)
    pd.testing.assert_frame_equal(one, many, check_exact=False, rtol=1e-12)
    assert one[["recent_mean", "last_visits", "town_sales", "share"]].notna().any().all()
    assert read_buckets(tmp_path / "one" / "dataset.parquet")["buckets"] == 1
    recorded = read_buckets(tmp_path / "many" / "dataset.parquet")
    assert recorded == {"buckets": 8, "rows": 1500, "order": ["day", "id"]}
    for view in ("recent", "totals", "market", "own"):
        first, second = [
            pd.read_parquet(tmp_path / n / "views" / f"{view}.parquet") for n in ("one", "many")
        ]
        pd.testing.assert_frame_equal(first, second, check_exact=False, rtol=1e-12)


def test_a_view_across_entities_is_one_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_buckets(monkeypatch)
    problem = visits_problem()
    counts = {name: view_buckets(view, 4000, problem) for name, view in problem.views.items()}
    assert counts == {"recent": 8, "totals": 8, "market": 1, "own": 8}


def test_one_very_large_group_stays_within_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_buckets(monkeypatch, rows=2000, batch=5000)
    monkeypatch.setenv("HOMESTEAD_MEMORY", "300MB")
    rows = visits_rows(60_000)
    rows["shop"] = pd.array([7] * len(rows), dtype="Int64")
    built(tmp_path, rows)
    dataset = pd.read_parquet(tmp_path / "dataset.parquet", columns=["id", "recent_mean"])
    assert dataset.id.tolist() == rows.id.tolist()
    assert dataset.recent_mean.notna().mean() > 0.9

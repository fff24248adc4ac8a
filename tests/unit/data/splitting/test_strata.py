"""A stratified split on disk: the same rows in the same parts as by the rule in memory."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.data.checking.stored_rows import StoredRows
from homestead.data.labelled_rows import labelled_rows
from homestead.data.splitting import strata
from homestead.data.splitting.split_parts import part_names, split_parts
from homestead.data.tables import write_parquet
from homestead.engine.buckets import read_batches
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.problem.split import split_names
from tests.bucketed import use_small_buckets

ROWS = 700
PROBLEM = """
name: strata
task: regression
source: rows.parquet
KEY
target: y
columns:
  id: {type: integer}
  y: {type: number}
  few: {type: number, nullable: true}
  many: {type: number, nullable: true}
  big: {type: integer, nullable: true}
  kind: {type: text, nullable: true}
  flag: {type: boolean, nullable: true}
  at: {type: timestamp, nullable: true}
features: [few, many]
candidates: {ridge: {estimator: sklearn.linear_model.Ridge}}
split: {kind: stratified, validation: 0.23, holdout: 0.17, seed: SEED, column: COLUMN}
metric: mae
"""


def _problem(column: str, seed: int, key: str = "key: id") -> Problem:
    text = PROBLEM.replace("KEY", key).replace("SEED", str(seed)).replace("COLUMN", column)
    return parse_problem(text)


def _rows(seed: int) -> pd.DataFrame:
    """Return rows with ties, missing values, signed zeros, and integers beyond 2^53."""
    rng = np.random.default_rng(seed)
    kinds: Any = rng.choice(np.array([*(f"k{i}" for i in range(60)), "é", "", None]), ROWS)
    big = pd.Series(2**60 + rng.integers(0, 200, ROWS) * 100 - 77).astype("Int64")
    return pd.DataFrame(
        {
            "id": rng.permutation(ROWS),
            "y": np.where(rng.random(ROWS) < 0.1, np.nan, rng.random(ROWS)),
            "few": rng.choice([0.0, -0.0, 1.5, -2.0, np.nan], ROWS),
            "many": np.where(rng.random(ROWS) < 0.2, np.nan, np.round(rng.normal(size=ROWS), 2)),
            "big": big.mask(rng.random(ROWS) < 0.1),
            "kind": pd.Series(kinds, dtype=object),
            "flag": pd.array(rng.choice(np.array([True, False, None]), ROWS), dtype="boolean"),
            "at": pd.Series(
                pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 9, ROWS), "D")
            )
            .astype("datetime64[us]")
            .mask(rng.random(ROWS) < 0.1),
        }
    )


@pytest.mark.parametrize("column", ["y", "few", "many", "big", "kind", "flag", "at", "id"])
@pytest.mark.parametrize("seed", [0, 3])
def test_parts_are_those_of_the_rule_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: str, seed: int
) -> None:
    use_small_buckets(monkeypatch, rows=10_000, batch=90)
    monkeypatch.setattr(strata, "_FETCHED_ROWS", 64)
    problem, rows, path = _problem(column, seed), _rows(seed), tmp_path / "rows.parquet"
    write_parquet(rows, path)
    expected = split_names(labelled_rows(rows, problem), problem)
    assert len(set(expected.tolist())) == 3
    with split_parts(path, problem) as parts:
        found, start = [], 0
        for batch in read_batches(path):
            with_target = batch.filter(batch.column("y").is_valid())
            found.append(parts(with_target, start))
            start += len(with_target)
    assert np.concatenate(found).tolist() == expected.tolist()


def test_without_a_key_rows_that_are_equal_throughout_are_in_one_part(tmp_path: Path) -> None:
    problem, rows = _problem("few", 1, key=""), _rows(1)
    rows = pd.concat([rows, rows[:200]], ignore_index=True)
    write_parquet(rows, tmp_path / "rows.parquet")
    stored = labelled_rows(StoredRows(tmp_path / "rows.parquet"), problem)
    parts = part_names(stored, problem)
    expected = split_names(labelled_rows(rows, problem), problem)
    assert np.asarray(parts).tolist() == expected.tolist()
    assert np.asarray(part_names(labelled_rows(rows, problem), problem)).tolist() == list(parts)


def test_a_table_without_targets_has_no_parts(tmp_path: Path) -> None:
    problem, rows = _problem("many", 0), _rows(0).assign(y=np.nan)
    write_parquet(rows, tmp_path / "rows.parquet")
    stored = labelled_rows(StoredRows(tmp_path / "rows.parquet"), problem)
    assert len(part_names(stored, problem)) == 0

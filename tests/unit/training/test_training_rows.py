"""Training rows: a file read once, column by column, gives the bits of the whole table."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.training import training_rows
from homestead.training.search import train_candidate
from tests.problem_text import changed_flats

ROWS = 400


def _problem(**changes: Any) -> Problem:
    return parse_problem(
        changed_flats(
            **{
                "columns__district": {"type": "category", "unseen": "other"},
                "columns__floor": {"type": "integer", "nullable": True},
                "columns__owner": {"type": "boolean", "nullable": True},
                "columns__listed": {"type": "timestamp"},
                "columns__weight": {"type": "number"},
                "timestamp": "listed",
                "weights": {"column": "weight"},
                "split": {"validation_from": "2024-03-01", "holdout_from": "2024-04-01"},
                "derived__size": "log(area)",
                "derived__half": "size / 2",
                "derived__north": "district == 'north'",
                "features": ["half", "district", "floor", "owner", "north", "listed"],
                **changes,
            }
        )
    )


def _table(seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    area = draw.uniform(20, 120, ROWS)
    listed = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(draw.integers(0, 120, ROWS)), "D")
    floor = pd.Series(draw.integers(0, 9, ROWS), dtype="Int64")
    # A batch of nothing but missing values has another type in pandas than the others.
    floor[100:200] = pd.NA
    owner = pd.Series(draw.random(ROWS) < 0.5, dtype="boolean").mask(draw.random(ROWS) < 0.3)
    owner[200:300] = pd.NA
    district = pd.Series(draw.choice(["north", "south", "west"], ROWS))
    return pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "agent": draw.choice(["x", "y"], ROWS),
            "area": area,
            "district": district.mask(draw.random(ROWS) < 0.2),
            "floor": floor,
            "owner": owner,
            "listed": listed.astype("datetime64[us]"),
            "weight": draw.uniform(1, 2, ROWS),
            "rent": 9 * area + draw.normal(0, 5, ROWS),
            "size": np.log(area),
            "half": np.log(area) / 2,
            "split": ["train"] * 250 + ["validation"] * 100 + ["holdout"] * 50,
        }
    )


@pytest.fixture
def dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(training_rows, "BATCH_ROWS", 70)
    path = tmp_path / "dataset.parquet"
    _table().to_parquet(path, row_group_size=90)
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count the rows that are read of each column of a file."""
    counts: Counter[str] = Counter()
    whole, batched = pq.ParquetFile.read, pq.ParquetFile.iter_batches

    def read(self: pq.ParquetFile, columns: list[str], **more: Any) -> pa.Table:
        table = whole(self, columns, **more)
        counts.update(dict.fromkeys(table.column_names, len(table)))
        return table

    def iter_batches(self: pq.ParquetFile, *given: Any, **more: Any) -> Iterator[pa.RecordBatch]:
        for batch in batched(self, *given, **more):
            counts.update(dict.fromkeys(batch.schema.names, len(batch)))
            yield batch

    monkeypatch.setattr(pq.ParquetFile, "read", read)
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", iter_batches)
    return counts


def test_a_training_reads_each_column_that_it_needs_once(
    dataset: Path, reads: Counter[str]
) -> None:
    """However many trials and fits there are; and no column that is computed from others."""
    problem = _problem(
        candidates={
            "ridge": {
                "estimator": "sklearn.linear_model.Ridge",
                "search": {"alpha": [0.1, 1.0, 10.0]},
                "trials": 3,
            }
        }
    )
    train_candidate("ridge", dataset, problem)
    needed = ("area", "district", "floor", "owner", "listed", "weight", "rent", "split")
    assert reads == dict.fromkeys(needed, ROWS)


@pytest.mark.parametrize(
    "features",
    [
        ["half", "district", "floor", "owner", "north", "listed"],
        ["district", "listed"],  # both are read as a whole
    ],
)
def test_the_matrix_has_the_bits_of_the_whole_table(dataset: Path, features: list[str]) -> None:
    problem = _problem(features=features)
    problem_of_file, X, _ = training_rows.training_rows(dataset, problem)
    whole = training_rows.training_rows(pd.read_parquet(dataset), problem)
    assert problem_of_file == whole.problem
    assert X.shape == (ROWS, len(features))
    assert X.tobytes() == whole.X.tobytes()
    assert np.isnan(X).any() or features == ["district", "listed"]


@pytest.mark.parametrize(
    "candidate",
    [
        {"estimator": "sklearn.linear_model.Ridge", "search": {"alpha": [0.1, 10.0]}, "trials": 2},
        {"estimator": "sklearn.ensemble.HistGradientBoostingRegressor"},
        {"estimator": "sklearn.ensemble.RandomForestRegressor", "parameters": {"n_estimators": 5}},
        {"estimator": "lightgbm.LGBMRegressor", "parameters": {"n_estimators": 5}},
        {
            "estimator": "sklearn.ensemble.HistGradientBoostingRegressor",
            "init": "sklearn.linear_model.Ridge",
            "encoding": "target",
        },
    ],
)
def test_a_model_has_the_same_bytes_from_a_file_and_from_rows_that_are_copied(
    dataset: Path, candidate: dict[str, Any]
) -> None:
    """Folds of a split by time are views of one matrix that no fit may write."""
    problem = _problem(candidates={"one": {"parameters": {}, **candidate}})
    found = train_candidate("one", dataset, problem)
    table = pd.read_parquet(dataset)
    assert train_candidate("one", table, problem) == found
    # Rows that do not follow each other are copied for each fit.
    train, validation, holdout = (part for _, part in table.groupby("split", sort=False))
    apart = pd.concat([train[:99], holdout, train[99:], validation], ignore_index=True)
    assert train_candidate("one", apart, problem).onnx == found.onnx


def test_what_a_problem_cannot_be_resolved_with_is_told_from_a_file_too(tmp_path: Path) -> None:
    path = tmp_path / "dataset.parquet"
    _table().assign(rent="one").to_parquet(path)
    candidates = {"one": {"estimator": "sklearn.linear_model.LogisticRegression"}}
    problem = _problem(
        task="classification",
        metric="accuracy",
        gate={},
        columns__rent={"type": "category"},
        candidates=candidates,
    )
    with pytest.raises(UserError, match="found only 'one' before the holdout"):
        training_rows.training_rows(path, problem)

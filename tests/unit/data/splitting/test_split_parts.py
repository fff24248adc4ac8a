"""Parts of rows, batch by batch: those of all rows at once, for each kind of split."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.data.labelled_rows import labelled_rows
from homestead.errors import UserError
from homestead.features.training_set import write_training_set
from homestead.features.views import compute_views
from homestead.problem.schema import Problem
from homestead.problem.split import split_names
from tests.bucketed import use_small_buckets, visits_problem, visits_rows, write_visits

SPLITS = [
    "{validation_from: 2024-02-10, holdout_from: 2024-02-20}",
    "{validation_from: last 30%, holdout_from: last 10%}",
    "{validation_from: last 20 days, holdout_from: last 36 hours}",
    "{kind: random, validation: 0.2, holdout: 0.1}",
    "{kind: stratified, validation: 0.2, holdout: 0.1, column: visits}",
    "{kind: grouped, column: shop, validation: 0.2, holdout: 0.1}",
    "{kind: column, column: town, train: [Bern, '', nan], validation: '-1',"
    " holdout: [Zürich, Genève]}",
]


def unlabelled_rows() -> pd.DataFrame:
    """Return rows of which some lack the target, some of these being the newest."""
    rows = visits_rows(900)
    rows.loc[rows.index % 7 == 3, "sales"] = np.nan
    rows.loc[rows.index > 880, "sales"] = np.nan
    return rows


def parts_of(rows: pd.DataFrame, folder: Path, problem: Problem) -> pd.DataFrame:
    valid = write_visits(folder, rows)
    compute_views(valid, folder / "views", problem)
    counts = write_training_set(valid, folder / "views", folder / "dataset.parquet", problem)
    dataset = pd.read_parquet(folder / "dataset.parquet")
    assert dataset.split.value_counts().to_dict() == counts
    return dataset


@pytest.mark.parametrize("split", SPLITS)
def test_parts_are_those_of_all_rows_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: str
) -> None:
    use_small_buckets(monkeypatch, rows=10_000, batch=190)
    problem, rows = visits_problem(split), unlabelled_rows()
    rows["town"] = rows.town.fillna("Bern")
    expected = labelled_rows(rows, problem)
    dataset = parts_of(rows, tmp_path, problem)
    assert dataset.id.tolist() == expected.id.tolist()
    assert dataset.split.tolist() == split_names(expected, problem).tolist()


def test_all_values_of_no_part_are_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_buckets(monkeypatch, rows=10_000, batch=50)
    problem = visits_problem(
        "{kind: column, column: town, train: Bern, validation: '-1', holdout: nan}"
    )
    rows = unlabelled_rows()
    with pytest.raises(UserError) as at_once:
        split_names(labelled_rows(rows, problem), problem)
    with pytest.raises(UserError) as in_batches:
        parts_of(rows, tmp_path, problem)
    assert str(in_batches.value) == str(at_once.value)


def test_a_problem_without_views_leaves_an_empty_folder(tmp_path: Path) -> None:
    problem = visits_problem().model_copy(update={"views": {}})
    compute_views(write_visits(tmp_path, visits_rows(20)), tmp_path / "views", problem)
    assert list((tmp_path / "views").iterdir()) == []

"""Folds of the search: periods of equal length before the holdout, and means over them."""

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.problem.loader import parse_problem
from homestead.problem.model_metrics.table import MetricValue
from homestead.problem.schema import Problem
from homestead.training.folds import mean_values, search_folds
from homestead.training.search import train_candidate
from tests.factories import defined
from tests.problem_text import changed_flats

ROWS = 100


@pytest.fixture
def dataset() -> pd.DataFrame:
    """Return a row a day: 70 in train, 10 in validation, 20 in the holdout."""
    draw = np.random.default_rng(0)
    area = draw.uniform(20, 120, ROWS)
    return pd.DataFrame(
        {
            "id": np.arange(ROWS),
            "listed": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS), "D"),
            "area": area,
            "district": draw.choice(["north", "south"], ROWS),
            "rent": 9 * area + draw.normal(0, 5, ROWS),
            "split": ["train"] * 70 + ["validation"] * 10 + ["holdout"] * 20,
        }
    )


def problem_of(origins: int) -> Problem:
    split = {
        "validation_from": "2024-03-11",
        "holdout_from": "2024-03-21",
        "origins": origins,
    }
    return parse_problem(
        changed_flats(
            features=["area", "district"],
            split=split,
            candidates__ridge__search={"alpha": [0.1, 1e6]},
            candidates__ridge__trials=2,
        )
    )


def test_each_period_is_predicted_from_the_rows_before_it(dataset: pd.DataFrame) -> None:
    folds = search_folds(dataset, problem_of(3))
    periods = [(70, 80), (60, 70), (50, 60)]
    for fold, (start, end) in zip(folds, periods, strict=True):
        assert np.flatnonzero(fold.fitted).tolist() == list(range(start))
        assert np.flatnonzero(fold.scored).tolist() == list(range(start, end))


def test_parameters_are_chosen_by_the_mean_of_all_periods(dataset: pd.DataFrame) -> None:
    lines: list[str] = []
    trained = train_candidate("ridge", dataset, problem_of(3), report=lines.append)
    assert trained.params["alpha"] == 0.1
    best = min(trained.trials, key=lambda trial: defined(trial.validation["mae"].value))
    by_fold = [defined(values["mae"].value) for values in best.folds]
    assert len(set(by_fold)) == 3
    assert defined(trained.validation["mae"].value) == pytest.approx(np.mean(by_fold))
    shown = ", ".join(f"{value:.4f}" for value in by_fold)
    assert any(f"({shown})" in line for line in lines)
    # The model itself is fitted on the same rows as with one origin.
    assert trained.onnx == train_candidate("ridge", dataset, problem_of(1)).onnx


def test_periods_that_reach_before_the_first_row_are_refused(dataset: pd.DataFrame) -> None:
    with pytest.raises(UserError, match=r"^split.origins: found 8, .* 2024-01-01.*no rows before"):
        search_folds(dataset, problem_of(8))


def test_a_metric_without_a_value_in_one_fold_has_no_mean() -> None:
    values = {"r2": MetricValue(0.5)}
    without = {"r2": MetricValue(None, "one value")}
    assert mean_values([values, {"r2": MetricValue(0.7)}])["r2"].value == pytest.approx(0.6)
    assert mean_values([values, without])["r2"] == MetricValue(None, "one value")

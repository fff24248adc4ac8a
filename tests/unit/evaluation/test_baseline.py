"""The baseline: a group's typical target before the holdout."""

import numpy as np
import pandas as pd
import pytest

from homestead.evaluation.baseline import baseline_predictions
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from tests.problem_text import changed_flats

DATASET = pd.DataFrame(
    {
        "rent": [500.0, 700.0, 900.0, 400.0, 1.0, 1.0],
        "district": ["north", "north", "north", "south", "south", "west"],
        "split": ["train", "train", "validation", "train", "holdout", "holdout"],
    }
)


def test_a_regression_predicts_the_median_of_the_group() -> None:
    problem = parse_problem(changed_flats(baseline="district"))
    # West has no row before the holdout: the median of all.
    np.testing.assert_array_equal(baseline_predictions(DATASET, problem), [400, 600])


@pytest.mark.parametrize("metric", ["rmse", "r2"])
def test_a_metric_that_squares_errors_takes_the_mean(metric: str) -> None:
    # No constant has a smaller squared error than the mean: the median would be easier to beat.
    problem = parse_problem(changed_flats(baseline="district", metric=metric, gate={}))
    np.testing.assert_array_equal(baseline_predictions(DATASET, problem), [400, 625])


def test_a_problem_without_groups_predicts_the_median_of_all() -> None:
    problem = parse_problem(changed_flats())
    np.testing.assert_array_equal(baseline_predictions(DATASET, problem), [600, 600])


def test_a_classification_predicts_the_shares_of_the_classes(churn: Problem) -> None:
    target, group = churn.target, churn.columns[churn.target].allowed or ()
    dataset = pd.DataFrame(
        {target: [group[0], group[0], group[1], group[1]], "split": [*["train"] * 3, "holdout"]}
    )
    without_groups = churn.model_copy(update={"baseline": None})
    np.testing.assert_allclose(baseline_predictions(dataset, without_groups), [[2 / 3, 1 / 3]])


def test_groups_may_be_integers_of_which_some_are_missing() -> None:
    problem = parse_problem(changed_flats(baseline="id"))
    # Neighbours that a float could not tell apart; the last row has no group.
    groups = pd.array([2**60, 2**60, None, 2**60 + 1, 2**60 + 1, None], "Int64")
    predictions = baseline_predictions(DATASET.assign(id=groups), problem)
    np.testing.assert_array_equal(predictions, [400, 600])

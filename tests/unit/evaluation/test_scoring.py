"""Scores on the holdout: intervals, order, and what identifies the rows."""

import numpy as np
import pandas as pd
import pytest

from homestead.evaluation.scoring import compare_scores, describe_holdout, score_models
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from tests.factories import defined
from tests.problem_text import changed_flats

PROBLEM = parse_problem(changed_flats(metric="rmse", gate__confidence=0.9))


def test_the_problems_metric_comes_first_and_values_lie_in_their_intervals() -> None:
    draw = np.random.default_rng(0)
    y = draw.uniform(500, 900, 300)
    (scored,) = score_models(PROBLEM, y, [y + draw.normal(0, 9, 300)], seed=0)
    assert list(scored.estimates) == ["rmse", "mape", "mae", "r2"]
    for estimate in scored.estimates.values():
        assert defined(estimate.low) < defined(estimate.value) < defined(estimate.high)


def test_the_difference_is_paired() -> None:
    draw = np.random.default_rng(1)
    y = draw.uniform(500, 900, 300)
    error = draw.normal(0, 50, 300)
    # The winner's errors are the champion's, smaller by a tenth: alone their intervals overlap.
    winner, champion = score_models(PROBLEM, y, [y + 0.9 * error, y + error], seed=0)
    assert defined(winner.estimates["rmse"].high) > defined(champion.estimates["rmse"].low)
    comparison = compare_scores(PROBLEM, winner, champion)
    assert comparison is not None
    assert comparison.metric == "rmse"
    assert comparison.difference == pytest.approx(-0.1 * defined(champion.estimates["rmse"].value))
    assert defined(comparison.low) < comparison.difference < defined(comparison.high) < 0


def test_a_metric_without_a_value_says_why_and_is_not_compared() -> None:
    problem = parse_problem(changed_flats(metric="mape", gate={}))
    y = np.array([0.0, *range(1, 100)])
    winner, champion = score_models(problem, y, [y + 1, y + 2], seed=0)
    mape = winner.estimates["mape"]
    assert (mape.value, mape.low, mape.high) == (None, None, None)
    assert mape.undefined == "the target is 0 in 1 of 100 rows"
    assert winner.estimates["mae"].value == 1
    assert compare_scores(problem, winner, champion) is None


def test_infinite_predictions_leave_the_other_model_its_values() -> None:
    y = np.arange(100.0) + 500
    winner, champion = score_models(PROBLEM, y, [np.where(y > 590, np.inf, y), y + 2], seed=0)
    reasons = {estimate.undefined for estimate in winner.estimates.values()}
    assert reasons == {"9 of 100 predictions are not finite numbers"}
    assert champion.estimates["rmse"].value == pytest.approx(2)
    assert compare_scores(PROBLEM, winner, champion) is None


def test_few_rows_of_a_class_give_no_interval(churn: Problem) -> None:
    by_area = churn.model_copy(update={"metric": "roc_auc"})
    y = np.array([1, 1, *[0] * 98])
    probabilities = np.random.default_rng(0).dirichlet([1, 1], 100)
    area = score_models(by_area, y, [probabilities], seed=0)[0].estimates["roc_auc"]
    assert area.value is not None
    assert (area.low, area.high) == (None, None)


def test_the_holdout_is_identified_by_its_values_and_times() -> None:
    rows = pd.DataFrame(
        {"id": [1, 2], "listed": pd.to_datetime(["2024-05-02", "2024-05-01"]), "rent": [1.0, 2.0]}
    )
    described = describe_holdout(rows, PROBLEM)
    assert (described.rows, described.first, described.last) == (
        2,
        "2024-05-01 00:00:00",
        "2024-05-02 00:00:00",
    )
    assert describe_holdout(rows.copy(), PROBLEM) == described
    changed = describe_holdout(rows.assign(rent=[1.0, 2.5]), PROBLEM)
    assert changed.hash != described.hash

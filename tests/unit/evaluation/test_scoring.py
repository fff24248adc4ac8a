"""Scores on the holdout: intervals, order, and what identifies the rows."""

import numpy as np
import pandas as pd
import pytest

from homestead.evaluation.scoring import compare_scores, describe_holdout, score_models
from homestead.problem.loader import parse_problem
from tests.problem_text import changed_flats

PROBLEM = parse_problem(changed_flats(metric="rmse", gate__confidence=0.9))


def test_the_problems_metric_comes_first_and_values_lie_in_their_intervals() -> None:
    draw = np.random.default_rng(0)
    y = draw.uniform(500, 900, 300)
    (scored,) = score_models(PROBLEM, y, [y + draw.normal(0, 9, 300)], seed=0)
    assert list(scored.estimates) == ["rmse", "mape", "mae", "r2"]
    for estimate in scored.estimates.values():
        assert estimate.low < estimate.value < estimate.high


def test_the_difference_is_paired() -> None:
    draw = np.random.default_rng(1)
    y = draw.uniform(500, 900, 300)
    error = draw.normal(0, 50, 300)
    # The winner's errors are the champion's, smaller by a tenth: alone their intervals overlap.
    winner, champion = score_models(PROBLEM, y, [y + 0.9 * error, y + error], seed=0)
    assert winner.estimates["rmse"].high > champion.estimates["rmse"].low
    comparison = compare_scores(PROBLEM, winner, champion)
    assert comparison.metric == "rmse"
    assert comparison.difference == pytest.approx(-0.1 * champion.estimates["rmse"].value)
    assert comparison.low < comparison.difference < comparison.high < 0


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

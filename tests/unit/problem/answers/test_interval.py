"""Prediction intervals: distances, bounds in order, and how a contract stores them."""

import numpy as np
import pytest

from homestead.problem.answers.interval import (
    PredictionInterval,
    QuantileInterval,
    distances_outside,
)
from homestead.problem.contract import Contract
from tests.homes import homes_contract


def test_distances_are_negative_inside_and_quantiles_may_be_crossed() -> None:
    quantiles = np.array([[1.0, 5.0], [5.0, 1.0], [1.0, 5.0], [1.0, 5.0]])
    y = np.array([2.0, 2.0, 0.0, 8.0])
    assert distances_outside(y, quantiles, "identity").tolist() == [-1.0, -1.0, 1.0, 3.0]


def test_distances_on_the_logarithm_are_infinite_off_it() -> None:
    quantiles = np.array([[1.0, 10.0], [-1.0, 10.0], [1.0, 10.0]])
    scores = distances_outside(np.array([100.0, 5.0, -2.0]), quantiles, "log")
    assert scores.tolist() == [pytest.approx(np.log(10)), np.inf, np.inf]


@pytest.mark.parametrize(
    ("margin", "quantiles", "prediction", "expected"),
    [
        (1.0, [2.0, 4.0], 3.0, [1.0, 5.0]),
        (-0.5, [2.0, 4.0], 3.0, [2.5, 3.5]),
        (0.0, [4.0, 2.0], 3.0, [2.0, 4.0]),  # crossed
        (-3.0, [2.0, 4.0], 3.5, [3.5, 3.5]),  # the margin is more than half of the width
        (0.0, [2.0, 4.0], 9.0, [2.0, 9.0]),  # the prediction lies outside
        (0.0, [2.0, 4.0], 1.0, [1.0, 4.0]),
    ],
)
def test_the_prediction_lies_within_whatever_the_quantiles_say(
    margin: float, quantiles: list[float], prediction: float, expected: list[float]
) -> None:
    interval = QuantileInterval(coverage=0.9, scale="identity", margin=margin)
    bounds = interval.bounds(np.array([quantiles]), np.array([prediction]))
    assert bounds.tolist() == [expected]


def test_a_margin_on_the_logarithm_is_a_factor() -> None:
    interval = QuantileInterval(coverage=0.9, scale="log", margin=float(np.log(2)))
    bounds = interval.bounds(np.array([[2.0, 4.0]]), np.array([3.0]))
    np.testing.assert_allclose(bounds, [[1.0, 8.0]], rtol=1e-15)


def test_files_of_earlier_versions_keep_their_one_width() -> None:
    written = homes_contract(
        interval=PredictionInterval(coverage=0.9, scale="log", half_width=0.5)
    ).model_dump_json()
    assert '"interval":{"coverage":0.9,"scale":"log","half_width":0.5}' in written
    read = Contract.model_validate_json(written)
    assert isinstance(read.interval, PredictionInterval)


def test_bounds_of_quantiles_are_stored_by_their_margin() -> None:
    interval = QuantileInterval(coverage=0.9, scale="identity", margin=-0.25)
    written = homes_contract(interval=interval).model_dump_json()
    assert Contract.model_validate_json(written).interval == interval

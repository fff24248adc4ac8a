"""The paired bootstrap and its percentile interval."""

import math

import numpy as np
import pytest

from homestead.evaluation.bootstrap import RESAMPLES, bootstrap, percentile_interval
from homestead.problem.model_metrics.table import MODEL_METRICS
from tests.factories import defined


def test_models_are_compared_on_the_same_resamples() -> None:
    draw = np.random.default_rng(0)
    y = draw.normal(10, 1, 200)
    near = y + draw.normal(0, 0.5, 200)
    mae = MODEL_METRICS["mae"]
    values = bootstrap([mae], y, [near, near, 2 * y - near], seed=1)["mae"]
    assert values.shape == (3, RESAMPLES)
    # The same errors, and errors of the same size: no resample tells the models apart.
    np.testing.assert_array_equal(values[0], values[1])
    np.testing.assert_allclose(values[0], values[2])
    interval = percentile_interval(values[0], 0.95)
    assert interval is not None
    assert interval[0] < defined(mae.measure(y, near).value) < interval[1]


def test_the_seed_decides_the_resamples() -> None:
    y, prediction = np.arange(50.0), np.arange(50.0)[::-1]
    r2 = [MODEL_METRICS["r2"]]
    first, again, other = (bootstrap(r2, y, [prediction], seed)["r2"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_few_undefined_resamples_are_left_out_of_the_interval() -> None:
    values = np.array([math.nan, math.inf, *range(101)])
    assert percentile_interval(values, 0.9) == pytest.approx((5, 95))


def test_of_many_undefined_resamples_there_is_no_interval() -> None:
    assert percentile_interval(np.array([*[math.nan] * 6, *range(94)]), 0.9) is None


def test_a_metric_without_a_value_is_not_finite_in_any_resample() -> None:
    y = np.array([0.0, *range(1, 400)])
    values = bootstrap([MODEL_METRICS["mape"]], y, [y + 1], seed=0)["mape"]
    assert percentile_interval(values[0], 0.95) is None

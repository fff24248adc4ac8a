"""The paired bootstrap and its percentile interval."""

import math

import numpy as np
import pytest

from homestead.evaluation.bootstrap import RESAMPLES, bootstrap, percentile_interval
from homestead.problem.model_metrics import MODEL_METRICS


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
    low, high = percentile_interval(values[0], 0.95)
    assert low < mae.value(y, near) < high


def test_the_seed_decides_the_resamples() -> None:
    y, prediction = np.arange(50.0), np.arange(50.0)[::-1]
    r2 = [MODEL_METRICS["r2"]]
    first, again, other = (bootstrap(r2, y, [prediction], seed)["r2"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_undefined_resamples_are_left_out_of_the_interval() -> None:
    values = np.array([math.nan, *range(101)])
    assert percentile_interval(values, 0.9) == pytest.approx((5, 95))

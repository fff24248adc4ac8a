"""The average of products, as logarithms."""

import numpy as np
import pytest

from homestead.release.analysis.mixture import as_e_value, largest, log_mixture


@pytest.mark.parametrize("count", [1, 63, 64, 65, 1000])
def test_the_wealth_is_the_weighted_sum_of_products(count: int) -> None:
    draw = np.random.default_rng(count)
    factors = [draw.uniform(0.5, 1.6, (3, count)) for _ in range(4)]
    weights = [0.1, 0.2, 0.3, 0.4]
    direct = sum(
        weight * np.cumprod(factor, axis=-1)
        for weight, factor in zip(weights, factors, strict=True)
    )
    np.testing.assert_allclose(log_mixture(factors, weights), np.log(direct), rtol=1e-9)


def test_wealth_beyond_a_doubles_range_is_exact() -> None:
    rising, falling = np.full(5000, 3.0), np.full(5000, 0.01)
    path = log_mixture([falling, rising, falling], [0.25, 0.5, 0.25])
    assert path[-1] == pytest.approx(np.log(0.5) + 5000 * np.log(3.0))
    assert as_e_value(float(path[-1])) < np.inf
    fallen = log_mixture([falling], [1.0])
    assert fallen[-1] == pytest.approx(5000 * np.log(0.01))
    assert largest(fallen) == 0


def test_a_lost_bet_stays_lost_and_leaves_the_others() -> None:
    lost = np.array([2.0, 0.0] + [2.0] * 200)
    path = log_mixture([lost, np.ones(202)], [0.5, 0.5])
    assert path[0] == pytest.approx(np.log(1.5))
    assert path[1:] == pytest.approx(np.log(0.5))
    alone = log_mixture([lost], [1.0])
    assert np.isneginf(alone[1:]).all()

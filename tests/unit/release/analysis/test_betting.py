"""Confidence sequences of bounded differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homestead.release.analysis.betting import BoundedDifferences
from homestead.release.analysis.mixture import largest

LEVEL = 0.05


def shares(values: np.ndarray) -> BoundedDifferences:
    return BoundedDifferences(values.astype(float), bounds=(0, 1), parameters=(0, 1))


def ratios(difference: np.ndarray, base: np.ndarray) -> BoundedDifferences:
    return BoundedDifferences(
        difference, bounds=(-2, 2), parameters=(-1, 10), base=base, largest_base=3.0
    )


def test_equal_means_are_told_apart_in_few_of_many_sequences_looked_at_after_each() -> None:
    draw = np.random.default_rng(1)
    differences = BoundedDifferences(
        np.clip(draw.standard_t(3, (1000, 1500)), -5, 5), bounds=(-5, 5), parameters=(-5, 5)
    )
    for path in (differences.log_wealth_above(0), differences.log_wealth_below(0)):
        assert (path.max(axis=-1) >= np.log(1 / LEVEL)).mean() <= LEVEL


def test_a_rare_events_share_is_below_its_bound_in_few_of_many_sequences() -> None:
    draw = np.random.default_rng(2)
    path = shares(draw.random((1000, 1500)) < 0.01).log_wealth_above(0.01)
    assert (path.max(axis=-1) >= np.log(1 / LEVEL)).mean() <= LEVEL


def test_the_ratio_of_means_is_within_its_bounds() -> None:
    draw = np.random.default_rng(3)
    champion = np.minimum(draw.exponential(1, 5000), 3)
    differences = ratios(np.clip(champion * draw.normal(0.1, 0.3, 5000), -2, 2), champion)
    assert differences.low(LEVEL) < 0.1 < differences.high(LEVEL)
    assert differences.high(LEVEL) - differences.low(LEVEL) < 0.06
    estimate = differences.estimate
    assert estimate is not None
    assert differences.low(LEVEL) < estimate < differences.high(LEVEL)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=150),
    st.sampled_from([0.2, 0.01, 1.6e-6]),
)
def test_bounds_are_where_the_evidence_reaches_the_level(values: list[float], level: float) -> None:
    observed = shares(np.array(values))
    low, high = observed.low(level), observed.high(level)
    assert 0 <= low <= 1
    assert 0 <= high <= 1
    assert low < high
    needed = np.log(1 / level)
    if low > 0:
        assert largest(observed.log_wealth_above(low)) >= needed
        assert largest(observed.log_wealth_above(min(low + 0.02, 1))) < needed + 1
    if high < 1:
        assert largest(observed.log_wealth_below(high)) >= needed
    # Another level, or more observations, never widens what was known.
    assert observed.low(level / 10) <= low + 0.02
    more = shares(np.array([*values, 0.5]))
    assert more.low(level) >= low - 0.02
    assert more.high(level) <= high + 0.02


def test_evidence_falls_as_the_parameter_rises() -> None:
    observed = shares(np.random.default_rng(4).random(300) < 0.3)
    evidence = [largest(observed.log_wealth_above(m)) for m in np.linspace(0, 1, 30)]
    assert (np.diff(evidence) <= 1e-9).all()


def test_swapped_models_swap_the_bounds() -> None:
    values = np.random.default_rng(5).normal(0.1, 0.5, 400).clip(-2, 2)
    there = BoundedDifferences(values, bounds=(-2, 2), parameters=(-2, 2))
    back = BoundedDifferences(-values, bounds=(-2, 2), parameters=(-2, 2))
    assert there.low(LEVEL) == pytest.approx(-back.high(LEVEL), abs=1e-9)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_one_observation_and_a_minute_level_give_finite_bounds(value: float) -> None:
    observed = shares(np.array([value]))
    assert observed.low(1 - 0.9999984) == 0
    assert observed.high(1 - 0.9999984) == 1
    nothing = shares(np.array([]))
    assert (nothing.estimate, nothing.low(0.01), nothing.high(0.01)) == (None, 0, 1)


def test_a_champion_without_errors_leaves_no_ratio_but_harm_is_found() -> None:
    differences = ratios(np.full(300, 0.5), np.zeros(300))
    assert differences.estimate is None
    assert largest(differences.log_wealth_above(0)) > np.log(1e4)
    assert np.isfinite([differences.low(LEVEL), differences.high(LEVEL)]).all()

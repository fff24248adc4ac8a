"""Tests for the tail: exact where they say so, never too small, and indifferent to units."""

import numpy as np
import pytest
from scipy.stats import hypergeom, ks_2samp, mannwhitneyu

from homestead.drift.two_sample_tests import ValueCounts, normal_tail, share_p_value


@pytest.mark.parametrize(
    ("reference_count", "current_count"), [(0, 6), (9000, 380), (40, 2), (1, 0), (700, 90)]
)
def test_the_share_test_is_fishers(reference_count: int, current_count: int) -> None:
    counted = reference_count + current_count
    exact = hypergeom(10_500, counted, 500)
    tails = exact.cdf(current_count), exact.sf(current_count - 1)
    found = share_p_value(reference_count, 10_000, current_count, 500)
    assert found == pytest.approx(min(1.0, 2 * min(tails)), rel=1e-6)


def test_a_share_has_no_p_value_of_zero_or_without_a_number() -> None:
    assert share_p_value(0, 10_000, 0, 500) == 1
    assert share_p_value(10_000, 10_000, 500, 500) == 1
    assert share_p_value(0, 100_000, 1, 100_000) == 1  # one unseen value
    assert 0 < share_p_value(0, 1_000_000, 1_000_000, 1_000_000) < 1e-200
    assert 0 < normal_tail(1e9) < 1e-200


def test_ranks_without_ties_have_the_p_value_of_mann_and_whitney() -> None:
    draw = np.random.default_rng(0)
    reference, current = draw.normal(size=2000), draw.normal(0.2, size=300)
    counts = ValueCounts.of(reference, current)
    known = mannwhitneyu(current, reference)
    assert counts.rank_p_value() == pytest.approx(known.pvalue, rel=1e-3)
    assert counts.cliffs_delta() == pytest.approx(2 * known.statistic / (2000 * 300) - 1)
    assert counts.medians() == (
        np.percentile(reference, 50, method="lower"),
        np.percentile(current, 50, method="lower"),
    )


def test_the_largest_difference_is_that_of_kolmogorov_and_smirnov_with_a_safe_p_value() -> None:
    draw = np.random.default_rng(1)
    reference, current = draw.normal(size=2000), draw.normal(0, 1.3, size=300)
    counts = ValueCounts.of(reference, current)
    known = ks_2samp(current, reference, method="exact")
    place, difference = counts.largest_difference()
    assert abs(difference) == pytest.approx(known.statistic)
    assert counts.values[place] == pytest.approx(known.statistic_location)
    assert known.pvalue <= counts.distribution_p_value() < 3 * known.pvalue


def test_tied_values_have_the_same_share_of_small_p_values_as_others() -> None:
    """Nine of ten values are the same: a test by tie-corrected variance is wrong in the tail."""
    small = 0
    for seed in range(2000):
        draw = np.random.default_rng(seed)
        pooled = np.where(draw.random(600) < 0.9, 0.0, draw.integers(1, 4, 600))
        small += ValueCounts.of(pooled[:500], pooled[500:]).rank_p_value() <= 0.01
    assert small <= 2000 * 0.01 + 3 * np.sqrt(2000 * 0.01)


def test_values_of_one_kind_have_a_p_value_of_one() -> None:
    counts = ValueCounts.of(np.full(100, 3.0), np.full(50, 3.0))
    assert counts.rank_p_value() == 1
    assert counts.distribution_p_value() == 1
    assert counts.cliffs_delta() == 0

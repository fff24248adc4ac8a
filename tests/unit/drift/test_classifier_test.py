"""The classifier test: its p-values are those of permutations, and correlations are seen."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from homestead.drift.classifier_test import ScoredBlock, compare_by_classifier, permutation_p_value
from homestead.drift.two_sample_tests import normal_tail, rank_sum_moments


def rows(count: int, seed: int, correlation: float = 0.7) -> NDArray[np.float64]:
    """Return two correlated numbers, a third one, and a category; one number has gaps."""
    draw = np.random.default_rng(seed)
    first, second, third = draw.normal(size=(3, count))
    second = correlation * first + math.sqrt(1 - correlation**2) * second
    third[draw.random(count) < 0.1] = np.nan
    return np.column_stack([first, second, third, draw.integers(0, 3, count)])


CATEGORY = [False, False, False, True]


def test_rows_of_one_distribution_have_evenly_spread_p_values() -> None:
    found = [
        compare_by_classifier(rows(400, seed), rows(100, 1000 + seed), CATEGORY).p_value
        for seed in range(100)
    ]
    for level in (0.05, 0.2, 0.5):
        share = np.mean([p <= level for p in found])
        assert share <= level + 3 * math.sqrt(level * (1 - level) / 100)
    assert 0.35 < np.mean(found) < 0.65


def test_a_change_of_the_correlation_alone_is_found() -> None:
    result = compare_by_classifier(rows(2000, 0), rows(500, 1, correlation=-0.2), CATEGORY)
    assert result.p_value < 1e-6
    assert result.auc > 0.6
    assert (result.rows, result.permutations) == (375, 0)


def test_the_unit_and_the_order_of_codes_make_no_difference() -> None:
    before, after = rows(2000, 0), rows(500, 1) + np.array([0.3, 0, 0, 0])
    plain = compare_by_classifier(before, after, CATEGORY)
    scaled = compare_by_classifier(before * [1e-9, 1e6, 1, 1], after * [1e-9, 1e6, 1, 1], CATEGORY)
    assert scaled.p_value == pytest.approx(plain.p_value)


def test_what_permutations_resolve_is_k_plus_one_of_n_plus_one_and_never_zero() -> None:
    mean, deviation = rank_sum_moments(40, 200)
    equal = ScoredBlock(current=40, rows=200, rank_sum=mean, weight=1.0)
    p_value, permutations = permutation_p_value([equal, equal])
    assert (p_value * (permutations + 1)) % 1 == pytest.approx(0, abs=1e-6)
    assert 0.2 < p_value < 0.8
    rare = ScoredBlock(current=40, rows=200, rank_sum=mean + 1.9 * deviation, weight=1.0)
    p_value, permutations = permutation_p_value([rare])
    assert permutations > 150
    assert p_value == pytest.approx(normal_tail(1.9), rel=0.6)
    separated = ScoredBlock(current=40, rows=200, rank_sum=40 * 180.5, weight=1.0)
    p_value, permutations = permutation_p_value([separated] * 3)
    assert (0 < p_value < 1e-30, permutations) == (True, 0)


def test_the_tail_is_no_shorter_than_that_of_many_permutations() -> None:
    """Three blocks of a very small window: the normal tail against 60,000 permutations."""
    draw = np.random.default_rng(5)
    blocks, current, count = 3, 10, 60
    mean, deviation = rank_sum_moments(current, count)
    order = draw.random((60_000 * blocks, count), dtype=np.float32).argsort(axis=1)
    rank_sums = ((order < current) * np.arange(1, count + 1)).sum(axis=1)
    sums = ((rank_sums - mean) / deviation).reshape(-1, blocks).sum(axis=1)
    for level in (1e-2, 1e-3, 1e-4):
        rate = np.mean([normal_tail(z / math.sqrt(blocks)) <= level for z in sums[sums > 3]])
        rate *= (sums > 3).mean()
        assert rate <= level + 3 * math.sqrt(level / len(sums))

"""Search spaces: points of lists and ranges, and the parameters that they stand for."""

import math

import numpy as np
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from homestead.problem.sections.candidate import SearchRange
from homestead.training.studies.space import SearchSpace

RATE = SearchRange(low=0.01, high=1.0, log=True)
LEAVES = SearchRange(low=4, high=64, log=True)


def test_a_list_of_numbers_is_ordered_and_another_is_not() -> None:
    space = SearchSpace({"a": [10, 1, 100], "b": [True, False], "c": ["x", None]})
    distributions = space.distributions()
    assert distributions["a"] == IntDistribution(0, 2)
    assert distributions["b"] == CategoricalDistribution([0, 1])
    assert distributions["c"] == CategoricalDistribution([0, 1])
    assert space.params({"a": 1, "b": 0, "c": 1}) == {"a": 10, "b": True, "c": None}


def test_ranges_are_of_integers_if_both_ends_are() -> None:
    distributions = SearchSpace({"rate": RATE, "leaves": LEAVES}).distributions()
    assert distributions["rate"] == FloatDistribution(0.01, 1.0, log=True)
    assert distributions["leaves"] == IntDistribution(4, 64, log=True)


@pytest.mark.parametrize(
    ("search", "size"),
    [
        ({}, 1),
        ({"a": [1, 2, 3], "b": ["x", "y"]}, 6),
        ({"leaves": LEAVES, "a": [1, 2]}, 122),
        ({"rate": RATE, "a": [1, 2]}, math.inf),
    ],
)
def test_the_number_of_points(search: dict[str, list[object] | SearchRange], size: float) -> None:
    assert SearchSpace(search).size == size


def test_random_points_cover_a_range_on_its_scale() -> None:
    space, draw = SearchSpace({"rate": RATE, "leaves": LEAVES}), np.random.default_rng(0)
    points = [space.random_point(draw) for _ in range(2000)]
    rates = np.array([point["rate"] for point in points])
    leaves = np.array([point["leaves"] for point in points])
    assert rates.min() >= 0.01
    assert rates.max() <= 1.0
    # As many below a tenth as above it.
    assert 0.45 < np.mean(rates < 0.1) < 0.55
    assert set(leaves) <= set(range(4, 65))
    assert {4, 64} <= set(leaves)
    assert 0.45 < np.mean(leaves <= 16) < 0.60


def test_a_range_of_a_problem_file_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="found low 3 and high 3, allowed is low < high"):
        SearchRange(low=3, high=3)
    with pytest.raises(ValueError, match="low: found 0, allowed with 'log: true' is more than 0"):
        SearchRange(low=0, high=3, log=True)

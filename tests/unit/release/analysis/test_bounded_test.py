"""A test of bounded differences in two directions."""

import numpy as np
import pytest

from homestead.release.analysis.betting import BoundedDifferences
from homestead.release.analysis.bounded_test import bounded_test, decidable_from, raised
from homestead.release.analysis.result import TestResult


def differences(mean: float, count: int, seed: int = 0) -> BoundedDifferences:
    draw = np.random.default_rng(seed)
    base = np.minimum(draw.exponential(1, count), 5)
    values = np.clip(base * draw.normal(mean, 0.4, count), -2, 2)
    return BoundedDifferences(values, (-2, 2), (-1, 10), base=base, largest_base=5)


def judged(observed: BoundedDifferences, least: int = 1, power: float = 1) -> TestResult:
    return bounded_test(
        "error",
        "error",
        observed,
        harmful_above=0,
        passed_below=0.05,
        level=0.002,
        least=least,
        power=power,
    )


def test_a_difference_is_harm_passed_or_undecided() -> None:
    harm, passed = judged(differences(0.3, 1000)), judged(differences(-0.1, 3000))
    assert (harm.verdict, passed.verdict) == ("harm", "passed")
    assert harm.low > 0
    assert harm.e_value >= 1 / 0.002
    assert passed.high < 0.05
    undecided = judged(differences(0.02, 300))
    assert undecided.verdict == "undecided"
    assert undecided.low < 0
    assert undecided.high > 0.05


def test_what_was_found_once_stays_found() -> None:
    found = judged(differences(0.3, 1000))
    turned = differences(-0.5, 4000)
    for more in (0, 100, 4000):
        both = BoundedDifferences(
            np.concatenate([differences(0.3, 1000).difference, turned.difference[:more]]),
            (-2, 2),
            (-1, 10),
            base=np.concatenate([np.asarray(differences(0.3, 1000).base), turned.base[:more]]),  # type: ignore[index]
            largest_base=5,
        )
        assert (judged(both).verdict, judged(both).e_value >= found.e_value) == ("harm", True)


def test_few_observations_decide_nothing() -> None:
    assert judged(differences(0.5, 100), least=101).verdict == "undecided"
    assert judged(differences(0.5, 100), least=100).verdict == "harm"


def test_figures_of_a_root_are_those_of_its_squares() -> None:
    plain, root = judged(differences(0.3, 1000)), judged(differences(0.3, 1000), power=2)
    assert plain.estimate is not None
    assert root.estimate == pytest.approx(np.sqrt(1 + plain.estimate) - 1)
    assert root.passed_below == 0.05
    assert raised(raised(0.1, 2), 0.5) == pytest.approx(0.1)
    assert raised(-2, 0.5) == -1


def test_an_equal_model_passes_with_as_many_observations_as_are_said_to_decide() -> None:
    needed = decidable_from(differences(0, 5000), 0.05)
    assert 500 < needed < 5000
    passes = [judged(differences(0, needed, seed)).verdict == "passed" for seed in range(40)]
    assert np.mean(passes) > 0.7
    assert decidable_from(differences(0, 0), 0.05) > 10**6

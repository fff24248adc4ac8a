"""Simulated months of the performance benchmark."""

import numpy as np

from benchmarks.performance.months import DAYS, LAWS, first_harm
from benchmarks.performance.report import months_tables


def test_losses_have_the_mean_one_whatever_their_law() -> None:
    for name, losses_of in LAWS.items():
        mean = losses_of(np.random.default_rng(0), (1000, 1000)).mean()
        assert abs(mean - 1) < 0.02, name


def test_harm_is_found_after_it_began_and_not_without_it() -> None:
    losses = np.random.default_rng(0).exponential(1.0, (2 * DAYS, 40))
    assert first_harm(losses, 0.01) is None
    losses[DAYS:] *= 2
    found = first_harm(losses, 0.01)
    assert found is not None
    assert 1 < found < DAYS


def test_the_tables_have_a_row_for_each_law() -> None:
    figures = {
        "false_alarms": [{"law": "exponential", "error_level": 0.01, "months": 9, "share": 0.001}],
        "detections": [
            {
                **{"law": "exponential", "worse_by": 0.3, "labels_a_day": 10, "trials": 9},
                **{"share": 0.06, "median_day": None},
            }
        ],
    }
    text = months_tables(figures)
    assert "| exponential | 0.1% |" in text
    assert "| 30%, exponential | – (6%) |" in text

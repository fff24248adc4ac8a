"""Outcomes of trials on their way through a database."""

import math

import pytest

from homestead.problem.model_metrics.table import MetricValue
from homestead.training.studies.trial import Outcome


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome(({"mae": MetricValue(0.1 + 0.2)},), (1 / 3, 0.1 + 0.2)),
        Outcome(({"mae": MetricValue(None, "no rows"), "r2": MetricValue(0.5)},), (math.inf,)),
        Outcome(({"mae": MetricValue(5e-324)},), (5e-324,), "after 1 of 3 folds"),
    ],
)
def test_an_outcome_is_the_same_bit_by_bit_after_json(outcome: Outcome) -> None:
    assert Outcome.from_json(outcome.to_json()) == outcome


def test_infinity_is_no_json() -> None:
    text = Outcome(({"mae": MetricValue(None, "no rows")},), (math.inf,)).to_json()
    assert "Infinity" not in text

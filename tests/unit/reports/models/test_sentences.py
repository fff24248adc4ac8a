"""What follows from the charts of a comparison: the sentence changes with the figures."""

import numpy as np
import pytest

from homestead.evaluation.certificate import CoverageSlice, IntervalCoverage
from homestead.problem.model_metrics.predictions import Predictions
from homestead.reports.models import sentences
from tests.factories import slice_result

ACTUAL = np.linspace(10.0, 100.0, 400)


def test_half_of_the_predictions_lie_within_a_distance() -> None:
    models = {"new model": ACTUAL * 1.1, "champion": ACTUAL * 0.8}
    text = sentences.predictions_sentence(ACTUAL, models, "EUR", relative=True)
    assert "of the new model within 10.0% and of the champion within 20.0%." in text
    absolute = {"new model": ACTUAL + 7}
    text = sentences.predictions_sentence(ACTUAL, absolute, "EUR", relative=False)
    assert "within 7 EUR." in text


def test_tenths_with_a_bias_are_named() -> None:
    noise = np.random.default_rng(0).normal(0, 1, len(ACTUAL))
    level = {"new model": ACTUAL + noise}
    text = sentences.errors_sentence(ACTUAL, level, "EUR", relative=False)
    assert "neither too high nor too low" in text
    always = {"new model": ACTUAL * 1.1}
    text = sentences.errors_sentence(ACTUAL, always, "EUR", relative=True)
    assert "too high by 10.0% in the tenth with the smallest values" in text
    tilted = {"new model": ACTUAL - 0.1 * (ACTUAL - 55) + noise}
    text = sentences.errors_sentence(ACTUAL, tilted, "EUR", relative=False)
    assert "too high by 3.968 EUR in the tenth with the smallest values" in text
    assert "too low by 4.292" in text
    assert "EUR in the tenth with the largest values" in text


def test_the_most_frequent_confusion_is_named() -> None:
    actual = np.array([0, 0, 0, 1])
    probabilities = np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.1, 0.9]])
    models = {"new model": Predictions(probabilities)}
    text = sentences.confusion_sentence(actual, models, ("stayed", "left"))
    assert "the new model in 50.0%" in text
    assert "takes 'stayed' for 'left', in 66.7% of that class" in text
    right = {"new model": Predictions(np.eye(2)[actual])}
    assert "takes" not in sentences.confusion_sentence(actual, right, ("stayed", "left"))


@pytest.mark.parametrize(
    ("probability", "says"), [(0.9, "too much"), (0.5, "at their word"), (0.505, "at their word")]
)
def test_probabilities_are_compared_with_what_came_true(probability: float, says: str) -> None:
    actual = np.array([0, 1] * 50)
    probabilities = np.tile([probability, 1 - probability], (100, 1))
    assert says in sentences.calibration_sentence(actual, {"new model": probabilities})


def test_slices_are_counted_and_the_worst_is_named() -> None:
    better = slice_result(value="north", worse_by=-0.1)
    worse = slice_result(value="south", worse_by=0.2, rows=12, judged=False)
    text = sentences.slices_sentence([better, worse], 50)
    assert "better than the champion in 1 of 2 slices (1 have fewer than 50 rows" in text
    assert "district = south: 20.0% worse on 12 rows" in text
    assert "in none is it worse" in sentences.slices_sentence([better], 50)
    alone = [
        slice_result(value="north", winner=3.0, champion=None, worse_by=None),
        slice_result(value="south", winner=9.0, champion=None, worse_by=None),
    ]
    assert "highest where district = south" in sentences.slices_sentence(alone, 50)


@pytest.mark.parametrize(
    ("low", "high", "says"),
    [(0.91, 0.95, "wider than needed"), (0.8, 0.85, "too narrow"), (0.85, 0.95, "hold what")],
)
def test_coverage_is_compared_with_what_was_asked(low: float, high: float, says: str) -> None:
    slices = tuple(
        CoverageSlice(column="d", value=v, rows=rows, covered=share, low=0.1, high=1.0)
        for v, rows, share in (("few", 5, 0.2), ("many", 500, 0.7))
    )
    coverage = IntervalCoverage(
        asked=0.9, covered=(low + high) / 2, low=low, high=high, median_width=1.0, slices=slices
    )
    text = sentences.coverage_sentence(coverage)
    assert says in text
    # A group of few rows says nothing.
    assert "least where d = many" in text


def test_the_inputs_that_move_predictions_most_are_named() -> None:
    text = sentences.importance_sentence({"area": 6.0, "age": 3.0, "halls": 1.0})
    assert text == "area and age make up 90% of what moves a prediction, halls least."
    assert "halls is not used" in sentences.importance_sentence({"area": 6.0, "halls": 0.0})
    assert "all the same" in sentences.importance_sentence({"area": 0.0})

"""Figures on the holdout: finite metrics, a matrix of all rows, a curve without infinity."""

import json
from dataclasses import asdict

import numpy as np

from homestead.evaluation.certificate import Certificate, Estimate, ScoredModel
from homestead.evaluation.gate import Evaluation, HoldoutPredictions
from homestead.evaluation.holdout_figures import HoldoutFigures, holdout_figures
from homestead.problem.schema import Problem
from tests.factories import certificate


def figures(
    problem: Problem, actual: list[int], scores: list[float], issued: Certificate | None = None
) -> HoldoutFigures:
    probabilities = np.column_stack([1 - np.array(scores), scores])
    predictions = HoldoutPredictions(np.array(actual), probabilities, None)
    return holdout_figures(Evaluation(issued or certificate(), predictions), problem)


def test_each_row_is_counted_in_the_matrix_of_its_class(churn: Problem) -> None:
    found = figures(churn, [0, 0, 1, 1], [0.1, 0.7, 0.8, 0.9])
    assert found.confusion is not None
    assert found.confusion.classes == ("stayed", "left")
    assert found.confusion.counts == [[1, 1], [0, 2]]


def test_the_curve_is_strict_json_from_none_to_all_positives(churn: Problem) -> None:
    scores = np.linspace(0.01, 0.99, 1000)
    actual = (np.arange(1000) % 7 == 0).astype(int)
    found = figures(churn, actual.tolist(), scores.tolist())
    assert found.roc is not None
    assert len(found.roc.thresholds) <= 100
    assert (found.roc.true_positive_rates[0], found.roc.true_positive_rates[-1]) == (0, 1)
    json.dumps(asdict(found), allow_nan=False)


def test_a_holdout_of_one_class_has_no_curve(churn: Problem) -> None:
    assert figures(churn, [1, 1], [0.2, 0.8]).roc is None


def test_only_metrics_with_a_value_are_given(churn: Problem) -> None:
    nothing = Estimate(value=None, low=None, high=None, undefined="one class in 2 rows")
    estimates = {"log_loss": Estimate(value=0.5, low=0.4, high=0.6), "roc_auc": nothing}
    issued = certificate().model_copy(
        update={"winner": ScoredModel(digest="0" * 64, metrics=estimates), "baseline": {"mae": 2.0}}
    )
    metrics = figures(churn, [0, 1], [0.2, 0.8], issued).metrics
    assert metrics["winner_log_loss"] == 0.5
    assert metrics["baseline_mae"] == 2.0
    assert "winner_roc_auc" not in metrics

"""Weights of rows: from a column, by class, and in metrics only if the user asks."""

from typing import Any

import numpy as np
import pytest

from homestead.data.training_needs import unmet_needs
from homestead.evaluation.baseline import baseline_predictions
from homestead.evaluation.gate import evaluate_candidate
from homestead.model.onnx_model import Model
from homestead.problem.answers.row_weights import fitting_weights, scoring_weights
from homestead.problem.encoding import feature_matrix, target_values
from homestead.training.search import train_candidate
from tests.factories import defined
from tests.target_problems import outcome_dataset, outcome_rows, target_problem

YES_NO = "{type: category, allowed: [no, yes]}"
REGRESSION: dict[str, Any] = {"task": "regression", "metric": "mae"}


def test_balanced_classes_have_the_same_weight_in_all() -> None:
    rows = outcome_rows(100)
    y = (rows["score"] > 1).astype(int).to_numpy()
    problem = target_problem(YES_NO, weights={"column": "w", "classes": "balanced"})
    weights = fitting_weights(rows, y, problem)
    assert weights is not None
    totals = np.bincount(y, weights)
    assert totals[0] == pytest.approx(totals[1])
    assert weights.sum() == pytest.approx(rows["w"].sum())


def test_a_class_is_weighted_by_its_name() -> None:
    rows, y = outcome_rows(3), np.array([0, 1, 1])
    problem = target_problem(YES_NO, weights={"classes": {"yes": 5}})
    np.testing.assert_array_equal(fitting_weights(rows, y, problem), [1, 5, 5])
    assert scoring_weights(rows, problem) is None


def test_weights_count_as_repeated_rows_in_the_fit() -> None:
    rows = outcome_rows(300)
    repeated = rows.loc[rows.index.repeat(rows["w"].astype(int))].reset_index(drop=True)
    repeated["id"] = np.arange(len(repeated))
    models = []
    for table, weights in ((rows, {"column": "w"}), (repeated, None)):
        problem = target_problem(
            "{type: number}",
            **REGRESSION,
            weights=weights,
            candidates={
                "ridge": {
                    "estimator": "sklearn.linear_model.Ridge",
                    "parameters": {"alpha": 1e-9},
                }
            },
        )
        dataset = outcome_dataset(problem, table, table["score"])
        models.append(Model(train_candidate("ridge", dataset, problem).onnx))
    X = feature_matrix(dataset, models[0].contract)
    np.testing.assert_allclose(models[0].predict(X), models[1].predict(X), atol=1e-6)


def test_metrics_weight_the_rows_only_if_asked() -> None:
    rows = outcome_rows()
    errors = []
    for scoring in (False, True):
        problem = target_problem(
            "{type: number}",
            **REGRESSION,
            weights={"column": "w", "scoring": scoring},
            slices=["id"],
        )
        dataset = outcome_dataset(problem, rows, rows["score"])
        model = Model(train_candidate("ridge", dataset, problem).onnx)
        holdout = dataset[dataset["split"] == "holdout"].reset_index(drop=True)
        baseline = np.zeros(len(holdout))
        certificate = evaluate_candidate(
            model, None, holdout, problem, data_hash="d", baseline=baseline
        ).certificate
        distances = np.abs(
            model.predict(feature_matrix(holdout, model.contract)) - target_values(holdout, problem)
        )
        weights = holdout["w"] if scoring else None
        own = certificate.winner.metrics["mae"]
        assert own.value == pytest.approx(np.average(distances, weights=weights))
        assert defined(own.low) < defined(own.value) < defined(own.high)
        errors.append(own.value)
    assert errors[0] != errors[1]


def test_a_quantile_is_compared_with_the_same_quantile_of_the_baseline() -> None:
    problem = target_problem(
        "{type: number}", task="regression", metric="quantile_loss", quantile=0.9
    )
    rows = outcome_rows()
    dataset = outcome_dataset(problem, rows, rows["score"])
    known = dataset["split"] != "holdout"
    baseline = baseline_predictions(dataset, problem)
    assert baseline[0] == pytest.approx(np.quantile(dataset["y"][known], 0.9))


def test_weights_below_zero_are_counted_before_training() -> None:
    rows = outcome_rows(100)
    problem = target_problem("{type: number}", **REGRESSION, weights={"column": "w"})
    negative = outcome_dataset(problem, rows.assign(w=-rows["w"]), rows["score"])
    assert list(unmet_needs(negative, problem)) == [
        "weights.column: w is below 0 in 100 of 100 rows"
    ]

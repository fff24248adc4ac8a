"""Calibration: curves fitted on rows that the model has not seen, and exact in the ONNX graph."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.errors import UserError
from homestead.evaluation.comparable import predict_rows
from homestead.model.onnx_model import Model
from homestead.problem.schema import Problem
from homestead.training.calibration import cross_calibrated, fit_calibration
from homestead.training.search import train_candidate
from tests.target_problems import outcome_dataset, outcome_rows, target_problem

YES_NO = "{type: category, allowed: [no, yes]}"
ABC = "{type: category, allowed: [a, b, c]}"


def trained(problem: Problem, y: Any, rows: pd.DataFrame) -> tuple[Model, pd.DataFrame]:
    dataset = outcome_dataset(problem, rows, y)
    content = train_candidate(next(iter(problem.candidates)), dataset, problem).onnx
    return Model(content), dataset


@pytest.mark.parametrize("method", ["isotonic", "sigmoid"])
def test_a_model_of_weighted_positives_predicts_the_base_rate(method: str) -> None:
    rows = outcome_rows(3000)
    y = np.where(rows["score"] > 1.5, "yes", "no")
    weights = {"classes": {"yes": 10}}
    results = {}
    for calibration in (None, method):
        problem = target_problem(YES_NO, weights=weights, calibration=calibration)
        model, dataset = trained(problem, y, rows)
        holdout = dataset[dataset["split"] == "holdout"]
        results[calibration] = predict_rows(model, holdout, problem)[:, 1].mean()
    rate = (holdout["y"] == "yes").mean()
    assert results[None] > 1.5 * rate
    assert results[method] == pytest.approx(rate, abs=0.03)


def test_probabilities_are_measured_without_the_rows_own_fold() -> None:
    draw = np.random.default_rng(0)
    p = draw.uniform(size=60)
    y = draw.integers(0, 2, 60)  # nothing to learn: what seems calibrated has seen its row
    problem = target_problem(YES_NO, calibration="isotonic")
    pairs = np.column_stack([1 - p, p])
    crossed, folds = cross_calibrated(problem, y, pairs, None)
    seen = fit_calibration(problem, y, pairs, None).apply(pairs)
    assert folds == 5
    assert np.mean((crossed[:, 1] - y) ** 2) > np.mean((seen[:, 1] - y) ** 2) + 0.01


def test_a_class_of_few_rows_lowers_the_number_of_folds_and_keeps_its_column() -> None:
    draw = np.random.default_rng(0)
    probabilities = draw.dirichlet([1, 1, 1], 40)
    y = np.array([2] * 3 + [0] * 20 + [1] * 17)
    problem = target_problem(ABC, calibration="isotonic")
    calibrated, folds = cross_calibrated(problem, y, probabilities, None)
    assert folds == 3
    assert calibrated.shape == (40, 3)
    np.testing.assert_allclose(calibrated.sum(axis=1), 1)
    _, folds = cross_calibrated(problem, np.array([2, *y[3:], 0, 0]), probabilities, None)
    assert folds == 1
    with pytest.raises(UserError, match="class 'c' has no row in validation"):
        fit_calibration(problem, np.array([0, 1] * 20), probabilities, None)


def test_fewer_folds_are_said() -> None:
    rows = outcome_rows()
    y = np.where(rows["score"] > 0.5, "yes", "no")
    problem = target_problem(YES_NO, calibration="sigmoid")
    dataset = outcome_dataset(problem, rows, y)
    is_validation = dataset["split"] == "validation"
    positives = dataset.index[is_validation & (dataset["y"] == "yes")]
    lines: list[str] = []
    train_candidate("logistic", dataset.drop(positives[3:]), problem, report=lines.append)
    assert lines[0] == (
        "calibration: measured on 3 folds instead of 5, since a class has 3 validation rows"
    )

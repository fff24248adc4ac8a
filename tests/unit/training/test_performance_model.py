"""What is learnt at training for estimates: models of the loss, and calibrations."""

import base64

import numpy as np
import pytest

from homestead.model.onnx_model import Model
from homestead.performance.estimated import estimate
from homestead.performance.measured import measure
from homestead.performance.served_rows import ServedRows
from homestead.problem.contract import Contract
from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.schema import Problem
from homestead.training.performance_model import fit_performance_model
from tests.factories import defined
from tests.target_problems import target_problem


def rows_of(draw: np.random.Generator, count: int, shift: float = 0.0) -> ServedRows:
    """Return rows whose error grows with ``a``; predictions are the expected target."""
    X = draw.normal(size=(count, 2)) + shift
    y = 10 + X.sum(axis=1) + np.exp(X[:, 0]) * draw.normal(size=count)
    return ServedRows(
        at=np.arange(count, dtype=float),
        predictions=Predictions(10 + X.sum(axis=1)),
        y=y,
        groups=np.arange(count),
        features=[{"a": a, "b": b} for a, b in X.tolist()],
    )


def problem_of(metric: str, **changes: object) -> Problem:
    return target_problem("{type: number}", task="regression", metric=metric, **changes)


@pytest.mark.parametrize("metric", ["mae", "rmse"])
def test_the_estimate_follows_inputs_with_larger_errors(metric: str) -> None:
    problem = problem_of(metric)
    draw = np.random.default_rng(0)
    seen = rows_of(draw, 2000)
    assert seen.y is not None
    learnt = fit_performance_model(
        problem,
        Contract.from_problem(problem),
        seen.matrix(["a", "b"]),
        seen.y,
        seen.predictions.values,
        seed=0,
    )
    own = [MODEL_METRICS[metric]]
    values = []
    for shift in (0.0, 0.7):
        rows = rows_of(draw, 1500, shift)
        estimated = estimate(own, rows, learnt, 0.95)[metric].figure
        measured = measure(own, rows, 0.95)[metric].figure
        values.append(defined(estimated.value))
        if shift == 0:
            assert defined(estimated.low) <= defined(measured.value) <= defined(estimated.high)
    assert values[1] > 1.3 * values[0]


def test_hidden_inputs_are_not_used_and_the_model_is_a_plain_onnx_file() -> None:
    problem = problem_of("mape")
    contract = Contract.from_problem(problem)
    columns = {
        **contract.columns,
        "b": contract.columns["b"].model_copy(update={"sensitive": "hash"}),
    }
    seen = rows_of(np.random.default_rng(1), 200)
    assert seen.y is not None
    learnt = fit_performance_model(
        problem,
        contract.model_copy(update={"columns": columns}),
        seen.matrix(["a", "b"]),
        seen.y,
        seen.predictions.values,
        seed=0,
    )
    assert learnt.features == ("a",)
    assert [loss.metric for loss in learnt.losses] == ["mae", "mape"]
    onnx = Model(base64.b64decode(learnt.losses[0].onnx))
    assert onnx.contract.features == ("a", "prediction")
    assert onnx.predict(np.array([[0.0, 10.0], [np.nan, 10.0]])).min() > 0


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (np.full(30, 1.0), "validation has 30 rows, at least 50"),
        (np.full(60, np.inf), "not finite"),
    ],
)
def test_too_few_rows_or_no_numbers_are_a_reason(raw: np.ndarray, reason: str) -> None:
    problem = problem_of("mae")
    y, X = np.arange(len(raw), dtype=float), np.zeros((len(raw), 2))
    learnt = fit_performance_model(problem, Contract.from_problem(problem), X, y, raw, 0)
    assert reason in learnt.undefined


def test_a_perfect_model_has_an_estimate_of_zero() -> None:
    problem = problem_of("mae")
    rows = rows_of(np.random.default_rng(2), 100)
    exact = rows.predictions.values
    learnt = fit_performance_model(
        problem, Contract.from_problem(problem), rows.matrix(["a", "b"]), exact, exact, 0
    )
    figure = estimate([MODEL_METRICS["mae"]], rows, learnt, 0.95)["mae"].figure
    assert figure.value == 0


def test_a_class_without_validation_rows_is_a_reason_and_a_calibrated_model_needs_nothing() -> None:
    problem = target_problem("{type: boolean}")
    raw = np.tile([0.4, 0.6], (80, 1))
    X, contract = np.zeros((80, 2)), Contract.from_problem(problem)
    ones = np.ones(80, dtype=int)
    assert "has no row" in fit_performance_model(problem, contract, X, ones, raw, 0).undefined
    calibrated = problem.model_copy(update={"calibration": "sigmoid"})
    learnt = fit_performance_model(calibrated, contract, X, ones, raw, 0)
    assert (learnt.calibration, learnt.undefined) == (None, "")

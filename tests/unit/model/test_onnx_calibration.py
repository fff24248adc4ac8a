"""Calibration curves in an ONNX graph: the same numbers as their definition."""

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression

from homestead.model.explain import load_explainer
from homestead.model.onnx_calibration import add_calibration
from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix
from homestead.training.calibration import fit_calibration
from homestead.training.search import train_candidate
from tests.serving_models import probability_onnx
from tests.target_problems import outcome_dataset, outcome_rows, target_problem

YES_NO = "{type: category, allowed: [no, yes]}"
ABC = "{type: category, allowed: [a, b, c]}"


@pytest.mark.parametrize("method", ["isotonic", "sigmoid"])
@pytest.mark.parametrize("target", [YES_NO, ABC])
def test_the_graph_computes_the_curves_of_the_contract(method: str, target: str) -> None:
    rows = outcome_rows()
    names = ["a", "b", "c"] if target == ABC else ["no", "yes"]
    y = np.array(names)[np.digitize(rows["score"], [0.0, 1.0][: len(names) - 1])]
    problem = target_problem(target, calibration=method)
    dataset = outcome_dataset(problem, rows, y)
    model = Model(train_candidate("logistic", dataset, problem).onnx)
    X = feature_matrix(dataset, model.contract)
    probabilities = model.predict(X)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert model.contract.calibration is not None
    assert len(model.contract.calibration.curves) == (3 if target == ABC else 1)
    contributions = load_explainer(model).contributions(X[:50])
    np.testing.assert_allclose(contributions.sum(axis=1), probabilities[:50], atol=1e-9)
    # A row alone gets what it gets in a batch.
    alone = np.concatenate([model.predict(row[None]) for row in X[:50]])
    np.testing.assert_array_equal(alone, probabilities[:50])


def test_isotonic_calibration_agrees_with_its_graph_at_each_knot_and_its_neighbours() -> None:
    draw = np.random.default_rng(0)
    p = draw.uniform(size=400)
    y = (draw.uniform(size=400) < p**2).astype(int)
    problem = target_problem(YES_NO, calibration="isotonic")
    calibration = fit_calibration(problem, y, np.column_stack([1 - p, p]), None)
    knots = np.array(calibration.curves[0].x)
    assert len(knots) > 10
    single = knots.astype(np.float32)
    inputs = np.concatenate(
        [
            *(knots, single, np.nextafter(single, np.float32(-1)), np.nextafter(single, 2)),
            *(np.nextafter(knots, -1), np.nextafter(knots, 2), [0.0, 1.0]),
        ]
    ).astype(float)
    inputs = np.clip(inputs, 0, 1)
    raw = probability_onnx(Contract.from_problem(problem))
    X = np.column_stack([inputs, inputs])
    graph = Model(add_calibration(raw, calibration, X)).predict(X)
    np.testing.assert_array_equal(graph, calibration.apply(np.column_stack([1 - inputs, inputs])))
    reference = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(p, y)
    np.testing.assert_allclose(graph[:, 1], reference.predict(inputs), atol=1e-9)
    assert (np.diff(graph[np.argsort(inputs, kind="stable"), 1]) >= 0).all()

"""Contributions: they add up to the prediction, and are Shapley values by the definition."""

import base64
import json
from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from homestead.model.explain import feature_importance, load_explainer
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_graph import read_graph
from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from tests.unit.test_onnx import CLASSIFIERS, REGRESSORS, fitted, made

ROWS = 60
# See make_shap_figures.py.
FIGURES = json.loads(Path(__file__).with_name("shap_figures.json").read_text())
CASES = [(path, params, classes, False) for path, params in CLASSIFIERS for classes in (2, 3)]
CASES += [(path, params, 0, log) for path, params in REGRESSORS for log in (False, True)]


def served(path: str, params: dict[str, object], classes: int, log: bool, missing: bool = True):
    problem = made(classes, log)
    estimator, X = fitted(path, params, problem, missing)
    return estimator, Model(export_onnx(estimator, Contract.of(problem), X)), X


@pytest.mark.parametrize(("path", "params", "classes", "log"), CASES)
def test_they_add_up_to_the_prediction(
    path: str, params: dict[str, object], classes: int, log: bool
) -> None:
    _, model, X = served(path, params, classes, log)
    far = 1e5 if "linear" in path else 1e300
    unseen = np.array([[np.nan, np.nan, np.nan], [-far, 1 + 1e-7, 7.0], [far, 1.0, 2.0]])
    rows = np.concatenate([X[:ROWS], unseen])
    found = load_explainer(model).contributions(rows)
    assert found.shape == (len(rows), 4, *([classes] if classes else []))
    np.testing.assert_allclose(found.sum(axis=1), model.predict(rows), rtol=1e-9, atol=1e-12)
    # The base is the same for every row, and something else than the prediction.
    assert np.ptp(found[:, -1], axis=0).max() == 0
    assert np.abs(found[:, :-1]).max() > 1e-3 * np.abs(found[:, -1]).max()


# A forest's covers count its bootstrap samples, not the training rows.
@pytest.mark.parametrize(
    ("path", "params", "classes", "log"), [case for case in CASES if "Forest" not in case[0]]
)
def test_the_base_is_the_mean_score_of_the_training_rows(
    path: str, params: dict[str, object], classes: int, log: bool
) -> None:
    _, model, X = served(path, params, classes, log)
    found = load_explainer(model)
    np.testing.assert_allclose(found.scores(X).sum(axis=1).mean(axis=0), found.base, rtol=1e-9)


def brute_force(tree: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """Shapley values of a scikit-learn tree from their definition, (features,)."""

    def value(known: tuple[int, ...], node: int = 0) -> float:
        left, right = tree["left"][node], tree["right"][node]
        if left < 0:
            return float(tree["value"][node])
        feature = tree["feature"][node]
        if feature in known:
            if np.isnan(x[feature]):
                return value(known, left if tree["nan_left"][node] else right)
            return value(known, left if x[feature] <= tree["threshold"][node] else right)
        sides = (value(known, left), value(known, right))
        return float(np.average(sides, weights=[tree["rows"][left], tree["rows"][right]]))

    features = len(x)
    found = np.zeros(features)
    for j in range(features):
        others = [k for k in range(features) if k != j]
        for size in range(features):
            weight = factorial(size) * factorial(features - 1 - size) / factorial(features)
            for known in combinations(others, size):
                found[j] += weight * (value((*known, j)) - value(known))
    return found


def forest_trees(estimator) -> list[dict[str, np.ndarray]]:
    return [
        {
            "left": one.tree_.children_left,
            "right": one.tree_.children_right,
            "feature": one.tree_.feature,
            "threshold": one.tree_.threshold,
            "nan_left": one.tree_.missing_go_to_left,
            "rows": one.tree_.weighted_n_node_samples,
            "value": one.tree_.value[:, 0, 0] / len(estimator.estimators_),
        }
        for one in estimator.estimators_
    ]


def boosting_trees(estimator) -> list[dict[str, np.ndarray]]:
    trees = []
    for (predictor,) in estimator._predictors:
        nodes = predictor.nodes
        trees.append(
            {
                "left": np.where(nodes["is_leaf"], -1, nodes["left"].astype(int)),
                "right": nodes["right"].astype(int),
                "feature": nodes["feature_idx"],
                "threshold": nodes["num_threshold"],
                "nan_left": nodes["missing_go_to_left"],
                "rows": nodes["count"],
                "value": nodes["value"],
            }
        )
    return trees


@pytest.mark.parametrize("case", [2, 3])
def test_trees_give_shapley_values_by_the_definition(case: int) -> None:
    estimator, model, X = served(*REGRESSORS[case], classes=0, log=False)
    trees = forest_trees(estimator) if case == 2 else boosting_trees(estimator)
    found = load_explainer(model).scores(X[:8])[:, :-1, 0]
    single = X[:8].astype(np.float32).astype(float) if case == 2 else X[:8]
    for row, x in zip(found, single, strict=True):
        expected = sum(brute_force(tree, x) for tree in trees)
        np.testing.assert_allclose(row, expected, rtol=1e-9, atol=1e-9)


def test_linear_contributions_are_weight_times_distance_from_the_mean() -> None:
    estimator, model, X = served(*REGRESSORS[0], classes=0, log=False)
    found = load_explainer(model).scores(X[:ROWS])[..., 0]
    prepared = estimator.named_steps["prepare"].transform(X)
    parts = (prepared - prepared.mean(axis=0))[:ROWS] * estimator.named_steps["model"].coef_
    np.testing.assert_allclose(found[:, :2], parts[:, :2], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found[:, 2], parts[:, 2:].sum(axis=1), rtol=1e-9, atol=1e-9)


def test_with_a_log_target_all_contributions_of_a_row_have_one_factor() -> None:
    _, model, X = served(*REGRESSORS[3], classes=0, log=True)
    found = load_explainer(model)
    assert found.link == "log"
    scores, units = found.scores(X[:ROWS])[:, :-1, 0], found.contributions(X[:ROWS])[:, :-1]
    factors = (units / scores).min(axis=1), (units / scores).max(axis=1)
    np.testing.assert_allclose(*factors, rtol=1e-9)
    assert (factors[0] > 0).all()


def test_importance_finds_the_features_that_the_target_was_made_from() -> None:
    _, model, X = served(*REGRESSORS[3], classes=0, log=False)
    found = feature_importance(model, X[:200])
    assert list(found) == ["a", "b", "c"]
    assert min(found["a"], found["c"]) > 3 * found["b"]


def test_a_file_is_read_as_the_onnx_package_reads_it() -> None:
    for case in (REGRESSORS[0], REGRESSORS[3]):
        content = served(*case, classes=0, log=True)[1].content
        found, expected = read_graph(content), onnx.load_from_string(content)
        assert found.metadata == {p.key: p.value for p in expected.metadata_props}
        for constant in expected.graph.initializer:
            read = found.constants[constant.name]
            np.testing.assert_array_equal(read, numpy_helper.to_array(constant))
        for node, other in zip(found.nodes, expected.graph.node, strict=True):
            assert (node.operator, node.inputs) == (other.op_type, tuple(other.input))
            for attribute in other.attribute:
                value = onnx.helper.get_attribute_value(attribute)
                if isinstance(value, onnx.TensorProto):
                    value = numpy_helper.to_array(value)
                np.testing.assert_array_equal(node.attributes[attribute.name], value)


def test_other_bytes_and_files_without_a_reference_are_refused() -> None:
    with pytest.raises(ValueError, match="not an ONNX file"):
        load_explainer(b"no model")
    model = onnx.load_from_string(served(*REGRESSORS[0], classes=0, log=False)[1].content)
    del model.metadata_props[1]
    with pytest.raises(ValueError, match="no reference to explain from; train it anew"):
        load_explainer(model.SerializeToString())


@pytest.mark.parametrize("path", FIGURES)
def test_trees_agree_with_the_shap_package(path: str) -> None:
    figures = FIGURES[path]
    found = load_explainer(base64.b64decode(figures["onnx"])).scores(
        np.array(figures["X"], dtype=float)
    )
    np.testing.assert_allclose(found[:, :-1], figures["shap"], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(found[0, -1], figures["base"], rtol=1e-7)

"""Contributions: they add up to the prediction, and are Shapley values by the definition."""

import base64
import json
from itertools import combinations
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from homestead.model.explain import feature_importance, load_explainer
from homestead.model.explanation_data import EXPLANATION_KEY
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from tests.unit.model.fitted_models import (
    BOOSTING,
    CLASSIFIERS,
    FOREST,
    LOSSES,
    REGRESSORS,
    RIDGE,
    exported,
    fitted,
    small_problem,
)

ROWS = 60
# See make_shap_figures.py.
FIGURES = json.loads(Path(__file__).with_name("shap_figures.json").read_text())
CASES = [(path, params, classes, False) for path, params in CLASSIFIERS for classes in (2, 3)]
CASES += [(path, params, 0, False) for path, params in LOSSES]
CASES += [(path, params, 0, log) for path, params in REGRESSORS for log in (False, True)]


@pytest.mark.parametrize(("path", "params", "classes", "log"), CASES)
def test_they_add_up_to_the_prediction(
    path: str, params: dict[str, object], classes: int, log: bool
) -> None:
    _, model, X = exported(path, params, classes, log)
    far = 1e5 if "linear" in path else 1e300
    unseen = np.array([[np.nan, np.nan, np.nan], [-far, 1 + 1e-7, 7.0], [far, 1.0, 2.0]])
    rows = np.concatenate([X[:ROWS], unseen])
    explainer = load_explainer(model)
    contributions = explainer.contributions(rows)
    assert contributions.shape == (len(rows), 4, *([classes] if classes else []))
    totals = contributions.sum(axis=1)
    np.testing.assert_allclose(totals, model.predict(rows), rtol=1e-9, atol=1e-12)
    alone = np.concatenate([explainer.contributions(row[None]) for row in rows[-9:]])
    np.testing.assert_array_equal(alone, contributions[-9:])
    # The base is the same for every row, and differs from the prediction.
    base = contributions[:, -1]
    assert np.ptp(base, axis=0).max() == 0
    assert np.abs(contributions[:, :-1]).max() > 1e-3 * np.abs(base).max()


# A forest's covers count its bootstrap samples, not the training rows.
@pytest.mark.parametrize(
    ("path", "params", "classes", "log"), [case for case in CASES if "Forest" not in case[0]]
)
def test_the_base_is_the_mean_score_of_the_training_rows(
    path: str, params: dict[str, object], classes: int, log: bool
) -> None:
    _, model, X = exported(path, params, classes, log)
    explainer = load_explainer(model)
    mean_score = explainer.scores(X).sum(axis=1).mean(axis=0)
    np.testing.assert_allclose(mean_score, explainer.base, rtol=1e-9)


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
        rows_left, rows_right = tree["rows"][left], tree["rows"][right]
        sum_left, sum_right = rows_left * value(known, left), rows_right * value(known, right)
        return float((sum_left + sum_right) / (rows_left + rows_right))

    features = len(x)
    shapley = np.zeros(features)
    for j in range(features):
        others = [k for k in range(features) if k != j]
        for size in range(features):
            weight = factorial(size) * factorial(features - 1 - size) / factorial(features)
            for known in combinations(others, size):
                shapley[j] += weight * (value((*known, j)) - value(known))
    return shapley


def forest_trees(estimator: Any) -> list[dict[str, np.ndarray]]:
    return [
        {
            "left": member.tree_.children_left,
            "right": member.tree_.children_right,
            "feature": member.tree_.feature,
            "threshold": member.tree_.threshold,
            "nan_left": member.tree_.missing_go_to_left,
            "rows": member.tree_.weighted_n_node_samples,
            "value": member.tree_.value[:, 0, 0] / len(estimator.estimators_),
        }
        for member in estimator.estimators_
    ]


def boosting_trees(estimator: Any) -> list[dict[str, np.ndarray]]:
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


@pytest.mark.parametrize("is_forest", [True, False])
def test_trees_give_shapley_values_by_the_definition(is_forest: bool) -> None:
    path, params = FOREST if is_forest else BOOSTING
    estimator, model, X = exported(path, {**params, "encoding": "ordinal"})
    trees = forest_trees(estimator) if is_forest else boosting_trees(estimator)
    scores = load_explainer(model).scores(X[:4])[:, :-1, 0]
    compared = X[:4].astype(np.float32).astype(float) if is_forest else X[:4]
    for row, x in zip(scores, compared, strict=True):
        expected = sum(brute_force(tree, x) for tree in trees)
        np.testing.assert_allclose(row, expected, rtol=1e-9, atol=1e-9)


def test_linear_contributions_are_weight_times_distance_from_the_mean() -> None:
    estimator, model, X = exported(*RIDGE)
    scores = load_explainer(model).scores(X[:ROWS])[..., 0]
    prepared = estimator.named_steps["prepare"].transform(X)
    parts = (prepared - prepared.mean(axis=0))[:ROWS] * estimator.named_steps["model"].coef_
    np.testing.assert_allclose(scores[:, :2], parts[:, :2], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(scores[:, 2], parts[:, 2:].sum(axis=1), rtol=1e-9, atol=1e-9)


def test_with_a_log_target_all_contributions_of_a_row_have_one_factor() -> None:
    _, model, X = exported(*BOOSTING, log=True)
    explainer = load_explainer(model)
    assert explainer.link == "log"
    scores = explainer.scores(X[:ROWS])[:, :-1, 0]
    units = explainer.contributions(X[:ROWS])[:, :-1]
    factors = (units / scores).min(axis=1), (units / scores).max(axis=1)
    np.testing.assert_allclose(*factors, rtol=1e-9)
    assert (factors[0] > 0).all()


def test_importance_finds_the_features_that_the_target_was_made_from() -> None:
    _, model, X = exported(*BOOSTING)
    importance = feature_importance(model, X[:200])
    assert list(importance) == ["a", "b", "c"]
    assert min(importance["a"], importance["c"]) > 3 * importance["b"]


def test_a_file_without_explanation_data_is_refused() -> None:
    problem = small_problem(0)
    estimator, X = fitted(*RIDGE, problem, missing=False)
    old = onnx.load_from_string(export_onnx(estimator, Contract.from_problem(problem), X))
    others = [item for item in old.metadata_props if item.key != EXPLANATION_KEY]
    del old.metadata_props[:]
    old.metadata_props.extend(others)
    with pytest.raises(ValueError, match="no reference to explain from; train it anew"):
        load_explainer(Model(old.SerializeToString()))


@pytest.mark.parametrize("path", FIGURES)
def test_trees_agree_with_the_shap_package(path: str) -> None:
    figures = FIGURES[path]
    model = Model(base64.b64decode(figures["onnx"]))
    scores = load_explainer(model).scores(np.array(figures["X"], dtype=float))
    np.testing.assert_allclose(scores[:, :-1], figures["shap"], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(scores[0, -1], figures["base"], rtol=1e-7)

"""What our exporter reads of scikit-learn's fitted estimators beyond their documented methods.

- forests: ``estimators_``, and of ``tree_``: ``feature``, ``threshold``, ``children_left``,
  ``children_right`` (-1 at leaves), ``missing_go_to_left``, ``value`` (nodes, outputs, classes) as
  means or probabilities, ``weighted_n_node_samples``; inputs are compared as float32:
  ``model/trees/sklearn_trees.py``
- histogram gradient boosting: ``_predictors`` (iterations of one tree per class), the fields of
  ``TreePredictor.nodes``, leaf values that include the learning rate, ``_baseline_prediction``,
  and of native categories ``raw_left_cat_bitsets``, ``_preprocessor``, ``is_categorical_``:
  ``model/trees/sklearn_trees.py``
- pipelines: ``ColumnTransformer.transformers_`` and the order of its outputs,
  ``SimpleImputer.statistics_``, ``StandardScaler.mean_`` and ``scale_``,
  ``OneHotEncoder.categories_``, the shapes of ``coef_`` and ``intercept_``:
  ``model/onnx_linear.py``
- ``TransformedTargetRegressor.regressor_``: ``model/onnx_export.py``
"""

import math
from typing import Any

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge

from homestead.problem.estimators.parameters import PARAMETERS
from homestead.problem.sections.candidate import ESTIMATORS
from homestead.training.estimators import import_estimator
from tests.unit.model.fitted_models import CLASSIFIERS, RIDGE, fitted, small_problem

TREES = "scikit-learn has changed: adapt homestead/model/trees/sklearn_trees.py"
LINEAR = "scikit-learn has changed: adapt homestead/model/onnx_linear.py"
EXPORT = "scikit-learn has changed: adapt homestead/model/onnx_export.py"

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(300, 2))
X[::7, 0] = np.nan
Y = np.nan_to_num(X[:, 0]) + X[:, 1] ** 2
CLASSES = np.digitize(Y, np.quantile(Y, [0.3, 0.6]))
ROWS = np.concatenate([X[:40], [[np.nan, 0.5], [np.inf, -np.inf]]])


def forest_leaf(tree: Any, x: np.ndarray) -> int:
    """Return the leaf that a row reaches, by the fields that the exporter reads."""
    node = 0
    while tree.children_left[node] >= 0:
        value = x[tree.feature[node]]
        if math.isnan(value):
            left = bool(tree.missing_go_to_left[node])
        else:
            left = np.float32(value) <= tree.threshold[node]
        node = tree.children_left[node] if left else tree.children_right[node]
    return int(node)


def test_a_forest_is_the_mean_of_its_trees_leaves() -> None:
    forest = RandomForestRegressor(n_estimators=3, max_depth=4, random_state=0).fit(X, Y)
    rows = ROWS[:-1]  # forests refuse infinite values
    means = [
        np.mean([t.tree_.value[forest_leaf(t.tree_, x), 0, 0] for t in forest.estimators_])
        for x in rows
    ]
    np.testing.assert_allclose(forest.predict(rows), means, err_msg=f"{TREES}: from_forest")


def test_a_forests_classes_are_means_of_probabilities() -> None:
    forest = RandomForestClassifier(n_estimators=3, max_depth=4, random_state=0).fit(X, CLASSES)
    rows = ROWS[:-1]
    means = [
        np.mean([t.tree_.value[forest_leaf(t.tree_, x), 0] for t in forest.estimators_], axis=0)
        for x in rows
    ]
    np.testing.assert_allclose(forest.predict_proba(rows), means, err_msg=f"{TREES}: from_forest")


def test_a_forests_covers_add_up_to_the_root() -> None:
    forest = RandomForestRegressor(n_estimators=2, max_depth=4, random_state=0).fit(X, Y)
    for estimator in forest.estimators_:
        cover = estimator.tree_.weighted_n_node_samples
        leaves = estimator.tree_.children_left < 0
        assert cover[leaves].sum() == cover[0] == len(X), f"{TREES}: leaf_cover"


def test_a_forest_compares_float32_values() -> None:
    """The next double above the threshold still goes left if its float32 value does."""
    column = np.array([[0.0], [1.0]])
    forest = RandomForestRegressor(n_estimators=1, bootstrap=False).fit(column, [0.0, 1.0])
    above = np.nextafter(0.5, 1)
    assert forest.estimators_[0].tree_.threshold[0] == 0.5
    assert forest.predict([[above]])[0] == 0.0, f"{TREES}: float32_inputs"


def boosting_scores(model: Any, x: np.ndarray) -> np.ndarray:
    """Return the raw scores of a row, by the fields that the exporter reads."""
    scores = np.ravel(model._baseline_prediction).astype(float)
    for iteration in model._predictors:
        for target, predictor in enumerate(iteration):
            nodes = predictor.nodes
            node = nodes[0]
            while not node["is_leaf"]:
                value = x[node["feature_idx"]]
                if math.isnan(value):
                    left = bool(node["missing_go_to_left"])
                else:
                    left = bool(value <= node["num_threshold"])
                node = nodes[node["left"] if left else node["right"]]
            scores[target] += node["value"]
    return scores


def test_a_boosted_regression_is_the_baseline_plus_its_leaves() -> None:
    model = HistGradientBoostingRegressor(max_iter=5, learning_rate=0.3).fit(X, Y)
    scores = [boosting_scores(model, x)[0] for x in ROWS]
    message = f"{TREES}: from_boosting"
    np.testing.assert_allclose(model.predict(ROWS), scores, rtol=1e-12, err_msg=message)


@pytest.mark.parametrize("y", [CLASSES, CLASSES > 0], ids=["three classes", "two classes"])
def test_boosted_classes_have_a_tree_each_but_two_have_one(y: np.ndarray) -> None:
    model = HistGradientBoostingClassifier(max_iter=5).fit(X, y)
    scores = np.array([boosting_scores(model, x) for x in ROWS])
    expected = np.asarray(model.decision_function(ROWS)).reshape(len(ROWS), -1)
    np.testing.assert_allclose(scores, expected, rtol=1e-12, err_msg=f"{TREES}: from_boosting")


def test_boostings_nodes_have_the_fields_that_are_read_and_covers_add_up() -> None:
    model = HistGradientBoostingRegressor(max_iter=2).fit(X, Y)
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        fields = {"feature_idx", "num_threshold", "left", "right", "missing_go_to_left"}
        fields |= {"is_leaf", "value", "count", "is_categorical"}
        assert fields <= set(nodes.dtype.names), f"{TREES}: from_boosting"
        assert nodes["num_threshold"].dtype == np.float64, f"{TREES}: precision of thresholds"
        assert nodes["value"].dtype == np.float64, f"{TREES}: precision of leaves"
        assert not nodes["is_categorical"].any()
        leaves = nodes["is_leaf"].astype(bool)
        assert nodes["count"][leaves].sum() == nodes["count"][0] == len(X), f"{TREES}: leaf_cover"


def test_a_native_categorical_split_is_marked() -> None:
    codes = DRAW.integers(0, 6, (300, 1)).astype(float)
    y = np.isin(codes[:, 0], [0, 3, 5]).astype(float)
    model = HistGradientBoostingRegressor(max_iter=1, categorical_features=[0]).fit(codes, y)
    ((predictor,),) = model._predictors
    assert predictor.nodes["is_categorical"].any(), f"{TREES}: from_boosting exports it unnoticed"


def test_trees_number_columns_with_categories_first_and_codes_by_their_position() -> None:
    codes = DRAW.choice([2.0, 5.0, 7.0, np.nan], 300)
    rows = np.column_stack([DRAW.normal(size=300), codes])
    y = np.where(np.isin(codes, [2, 7]), 1.0, 0.0)
    model = HistGradientBoostingRegressor(max_iter=1, categorical_features=[1]).fit(rows, y)
    assert model.is_categorical_.tolist() == [False, True], f"{TREES}: _columns"
    (known,) = model._preprocessor.named_transformers_["encoder"].categories_
    assert known[:3].tolist() == [2, 5, 7], f"{TREES}: _columns"
    ((predictor,),) = model._predictors
    root = predictor.nodes[0]
    assert root["feature_idx"] == 0, f"{TREES}: _columns"
    bits = int(predictor.raw_left_cat_bitsets[root["bitset_idx"]][0])
    assert bits in (0b101, 0b010), f"{TREES}: _left_categories"


def test_prepared_inputs_are_numbers_then_categories_in_the_order_of_features() -> None:
    pipeline, rows = fitted(*RIDGE, small_problem(0), missing=True)
    prepare = pipeline.named_steps["prepare"]
    (number_name, numeric, numbers), (category_name, one_hot, categories) = prepare.transformers_
    assert (number_name, category_name) == ("numeric", "category"), LINEAR
    assert (list(numbers), list(categories)) == ([0, 1], [2]), f"{LINEAR}: transformers_"
    imputer, scaler = numeric.named_steps["impute"], numeric.named_steps["scale"]
    filled = np.where(np.isnan(rows[:, :2]), imputer.statistics_, rows[:, :2])
    scaled = (filled - scaler.mean_) / scaler.scale_
    ones = rows[:, [2]] == one_hot.categories_[0]
    expected = np.column_stack([scaled, ones])
    np.testing.assert_allclose(prepare.transform(rows), expected, rtol=1e-12, err_msg=LINEAR)


def test_coefficients_have_a_row_per_score() -> None:
    regression = fitted(*RIDGE, small_problem(0), missing=False)[0].named_steps["model"]
    assert isinstance(regression, Ridge)
    assert (np.shape(regression.coef_), np.shape(regression.intercept_)) == ((5,), ()), LINEAR
    for classes, scores in ((2, 1), (3, 3)):
        pipeline, _ = fitted(*CLASSIFIERS[0], small_problem(classes), missing=False)
        model = pipeline.named_steps["model"]
        assert isinstance(model, LogisticRegression)
        assert model.coef_.shape == (scores, 5), f"{LINEAR}: coef_"
        assert model.intercept_.shape == (scores,), f"{LINEAR}: intercept_"


def test_a_log_target_wraps_the_fitted_regressor() -> None:
    estimator, rows = fitted(*RIDGE, small_problem(0, log=True), missing=False)
    assert isinstance(estimator, TransformedTargetRegressor), EXPORT
    logarithms = estimator.regressor_.predict(rows)
    np.testing.assert_allclose(estimator.predict(rows), np.exp(logarithms), err_msg=EXPORT)


def test_parameters_are_those_that_problem_files_may_set() -> None:
    adapt = "scikit-learn has changed: adapt homestead/problem/estimators/parameters.py"
    for path in (path for path in ESTIMATORS if path.startswith("sklearn.")):
        assert sorted(import_estimator(path).get_params()) == sorted(PARAMETERS[path]), adapt

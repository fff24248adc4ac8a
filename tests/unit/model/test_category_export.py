"""Categories in ONNX: each value, missing and unseen ones too, does what it does in training."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from homestead.model.explain import load_explainer
from homestead.model.explanation_data import decode_explanation
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model, check_agreement
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix
from homestead.problem.schema import Problem
from homestead.training.estimators import fit_candidate
from tests.unit.model.fitted_models import category_problem

LEVELS = 800
ROWS = 6000
FEW = {"min_child_samples": 2, "n_estimators": 8, "min_data_per_group": 2, "cat_smooth": 0.1}
MANY = {**FEW, "max_cat_threshold": 400, "num_leaves": 4}
CASES: list[tuple[str, dict[str, Any], int]] = [
    ("sklearn.linear_model.Ridge", {}, LEVELS),
    ("lightgbm.LGBMRegressor", {"parameters": FEW}, LEVELS),
    ("lightgbm.LGBMRegressor", {"parameters": MANY}, LEVELS),
    ("lightgbm.LGBMRegressor", {"encoding": "target", "parameters": FEW}, LEVELS),
    ("lightgbm.LGBMRegressor", {"encoding": "ordinal", "parameters": FEW}, LEVELS),
    (
        "lightgbm.LGBMRegressor",
        {"init": "sklearn.linear_model.Ridge", "parameters": FEW},
        LEVELS,
    ),
    (
        "sklearn.ensemble.RandomForestRegressor",
        {"parameters": {"n_estimators": 4, "max_leaf_nodes": 90}},
        LEVELS,
    ),
    (
        "sklearn.ensemble.HistGradientBoostingRegressor",
        {"parameters": {"max_iter": 8, "min_samples_leaf": 3}},
        250,
    ),
    ("sklearn.ensemble.HistGradientBoostingRegressor", {"parameters": {"max_iter": 8}}, LEVELS),
]
CLASSIFIERS: list[tuple[str, dict[str, Any], int]] = [
    ("sklearn.linear_model.LogisticRegression", {"parameters": {"max_iter": 1000, "C": 0.1}}, 300),
    ("lightgbm.LGBMClassifier", {"parameters": FEW}, 300),
    ("lightgbm.LGBMClassifier", {"encoding": "target", "parameters": FEW}, 300),
    (
        "sklearn.ensemble.RandomForestClassifier",
        {"parameters": {"n_estimators": 3, "max_depth": 5}},
        300,
    ),
    (
        "sklearn.ensemble.HistGradientBoostingClassifier",
        {"parameters": {"max_iter": 4, "min_samples_leaf": 3}},
        200,
    ),
]


def training_rows(levels: int) -> np.ndarray:
    """Return (ROWS, 2): a number, and codes of which some are rare, missing or never there."""
    draw = np.random.default_rng(1)
    codes = np.minimum(draw.geometric(1.5 / levels, ROWS) - 1, levels - 3).astype(float)
    codes[::13] = np.nan
    number = draw.normal(size=ROWS)
    number[::17] = np.nan
    return np.column_stack([number, codes])


def every_value(levels: int) -> np.ndarray:
    codes = np.append(np.arange(levels, dtype=float), np.nan)
    return np.concatenate([np.column_stack([np.full(levels + 1, a), codes]) for a in (0.3, np.nan)])


def exported(
    estimator: str, settings: dict[str, Any], levels: int, classes: int = 0
) -> tuple[Any, Model, np.ndarray]:
    fitted, content, X = exported_file(estimator, settings, levels, classes)
    return fitted, Model(content), X


def exported_file(
    estimator: str, settings: dict[str, Any], levels: int, classes: int = 0
) -> tuple[Any, bytes, np.ndarray]:
    problem = category_problem({"estimator": estimator, **settings}, levels, classes)
    X = training_rows(levels)
    draw = np.random.default_rng(2)
    effect = draw.normal(size=levels + 1)
    score = effect[np.nan_to_num(X[:, 1], nan=levels).astype(int)] + 0.3 * np.nan_to_num(X[:, 0])
    y = np.digitize(score, [-0.6, 0.6][: classes - 1]) if classes else score
    fitted = fit_candidate("one", {}, problem, X, y, 0)
    return fitted, export_onnx(fitted, Contract.from_problem(problem), X), X


@pytest.mark.parametrize(("estimator", "settings", "levels"), CASES)
def test_every_category_agrees_alone_and_in_a_batch(
    estimator: str, settings: dict[str, Any], levels: int
) -> None:
    fitted, model, X = exported(estimator, settings, levels)
    rows = every_value(levels)
    assert check_agreement(fitted, model, np.concatenate([X, rows])) <= 1e-9
    together = model.predict(rows)
    alone = np.concatenate([model.predict(row[None]) for row in rows])
    np.testing.assert_array_equal(alone, together)
    contributions = load_explainer(model).contributions(rows[::9])
    np.testing.assert_allclose(contributions.sum(axis=1), together[::9], rtol=1e-9)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(("estimator", "settings", "levels"), CLASSIFIERS)
def test_every_category_has_its_probabilities(
    estimator: str, settings: dict[str, Any], levels: int, classes: int
) -> None:
    fitted, model, X = exported(estimator, settings, levels, classes)
    rows = every_value(levels)
    assert check_agreement(fitted, model, np.concatenate([X, rows])) <= 1e-9
    contributions = load_explainer(model).contributions(rows[::9])
    np.testing.assert_allclose(
        contributions.sum(axis=1), model.predict(rows[::9]), rtol=1e-9, atol=1e-12
    )


def test_sets_of_hundreds_of_categories_are_split_on() -> None:
    _, model, _ = exported("lightgbm.LGBMRegressor", {"parameters": MANY}, LEVELS)
    trees = decode_explanation(model.metadata).trees
    assert trees is not None
    assert trees.set_sizes is not None
    assert trees.set_sizes.max() >= 300


def test_a_missing_category_is_not_the_first_one() -> None:
    fitted, model, _ = exported("lightgbm.LGBMRegressor", {"parameters": FEW}, LEVELS)
    rows = np.array([[0.3, 0.0], [0.3, np.nan]])
    first, missing = model.predict(rows)
    np.testing.assert_allclose([first, missing], fitted.predict(rows), rtol=1e-12)
    assert abs(first - missing) > 1e-3


def matrix(problem: Problem, values: pd.Series) -> np.ndarray:
    frame = pd.DataFrame({"area": np.zeros(len(values)), "district": values})
    return feature_matrix(frame, Contract.from_problem(problem))


def test_large_numbers_as_categories_stay_apart_and_their_order_in_a_table_does_not_count() -> None:
    names = ("16777216", "16777217", "4294967296", "4294967297", "9007199254740993")
    candidate = {"estimator": "lightgbm.LGBMRegressor", "parameters": FEW}
    problem = category_problem(candidate, names)
    table = pd.Series(np.tile(names, 40))
    fitted = fit_candidate("one", {}, problem, matrix(problem, table), np.tile(range(5), 40), 0)
    model = Model(export_onnx(fitted, Contract.from_problem(problem)))
    own = model.predict(matrix(problem, pd.Series(names)))
    assert np.diff(np.sort(own)).min() > 0.1
    listed = pd.Series(pd.Categorical(names, categories=names[::-1]))
    np.testing.assert_array_equal(model.predict(matrix(problem, listed)), own)

"""LightGBM's trees in ONNX: each branch is the booster's, beside thresholds and in large sets."""

from typing import Any

import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor

from homestead.model.explanation_data import TreeArrays
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model, check_agreement
from homestead.model.trees.inputs import TreeInputs
from homestead.model.trees.lightgbm_trees import from_lightgbm, lightgbm_link
from homestead.problem.contract import Contract
from tests.unit.model.fitted_models import small_problem
from tests.unit.model.trees.test_sklearn_trees import scores

PLAIN = TreeInputs.plain({})
QUIET: dict[str, Any] = {"verbosity": -1, "n_jobs": 1, "n_estimators": 15, "min_child_samples": 3}
CONTRACT = Contract.from_problem(small_problem(0))
DRAW = np.random.default_rng(0)
ROWS = 900
X = np.column_stack([DRAW.normal(size=ROWS), DRAW.normal(size=ROWS), DRAW.integers(0, 3, ROWS)])
Y = X[:, 0] + X[:, 1] ** 2 + DRAW.normal(0, 0.1, ROWS)


def numeric(rows: np.ndarray = X) -> tuple[LGBMRegressor, TreeArrays, Model]:
    """Return a booster of numbers alone, its trees, and its model."""
    booster = LGBMRegressor(**QUIET).fit(rows, Y)
    return booster, from_lightgbm(booster, PLAIN), Model(export_onnx(booster, CONTRACT))


def test_each_threshold_and_its_neighbours_reach_the_boosters_leaf() -> None:
    booster, trees, model = numeric()
    rows = []
    for feature, threshold in zip(trees.feature, trees.threshold, strict=True):
        single = np.float32(threshold)
        beside = [np.nextafter(single, np.float32(to)) for to in (-np.inf, np.inf)]
        exact = [np.nextafter(threshold, to) for to in (-np.inf, np.inf)]
        for value in (threshold, single, *beside, *exact):
            row = X[0].copy()
            row[feature] = value
            rows.append(row)
    assert check_agreement(booster, model, np.array(rows)) <= 1e-9
    differences = np.abs(model.predict(np.array(rows)) - booster.predict(np.array(rows)))
    assert differences.max() < 1e-12


@pytest.mark.parametrize("in_training", [False, True])
def test_missing_and_infinite_values_and_zeros_take_the_boosters_branch(in_training: bool) -> None:
    rows = X.copy()
    if in_training:
        rows[::4, 0] = np.nan
    booster, trees, model = numeric(rows)
    odd = [np.nan, 0.0, -0.0, 1e-40, -1e-40, np.inf, -np.inf, 1e300]
    hard = np.array([[value, other, 1.0] for value in odd for other in (*odd, 0.5)])
    np.testing.assert_allclose(model.predict(hard), booster.predict(hard), rtol=1e-12)
    np.testing.assert_allclose(
        [scores(trees, row)[0] for row in hard], booster.predict(hard), rtol=1e-12
    )


def test_zeros_as_missing_values_are_refused() -> None:
    rows = X.copy()
    rows[::2, 0] = 0
    booster = LGBMRegressor(**QUIET, zero_as_missing=True).fit(rows, Y)
    with pytest.raises(ValueError, match="zeros as missing values"):
        from_lightgbm(booster, PLAIN)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"linear_tree": True}, "linear trees"),
        ({"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1}, "random forests"),
        ({"reg_sqrt": True}, "objective 'regression sqrt'"),
        ({"objective": "cross_entropy"}, "objective 'cross_entropy'"),
    ],
)
def test_what_has_no_export_is_refused(settings: dict[str, Any], message: str) -> None:
    y = np.clip(Y, 0, 1)
    booster = LGBMRegressor(**QUIET, **settings).fit(X, y)
    with pytest.raises(ValueError, match=message):
        from_lightgbm(booster, PLAIN)


def test_the_link_is_that_of_the_objective() -> None:
    y = np.exp(Y)
    links = [
        lightgbm_link(LGBMRegressor(**QUIET, objective=name).fit(X, y))
        for name in ("l1", "quantile", "poisson", "gamma", "tweedie")
    ]
    assert links == ["identity", "identity", "log", "log", "log"]


def test_classes_have_a_tree_each_but_two_have_one() -> None:
    for edges, trees_per_round in (([0], 1), ([-0.5, 0.5], 3)):
        booster = LGBMClassifier(**QUIET).fit(X, np.digitize(X[:, 0], edges))
        trees = from_lightgbm(booster, PLAIN)
        assert len(trees.start) == trees_per_round
        raw = np.reshape(booster.predict(X[:9], raw_score=True), (9, -1))
        np.testing.assert_allclose([scores(trees, x) for x in X[:9]], raw, rtol=1e-12)


def test_a_booster_that_never_splits_is_its_start() -> None:
    booster = LGBMRegressor(**{**QUIET, "min_child_samples": ROWS}).fit(X, Y)
    trees = from_lightgbm(booster, PLAIN)
    np.testing.assert_allclose(scores(trees, X[0]), Y.mean(), rtol=1e-6)
    assert check_agreement(booster, Model(export_onnx(booster, CONTRACT)), X) <= 1e-9

"""Small fitted estimators of every allowed class, on rows that are hard for an export."""

import warnings
from typing import Any

import numpy as np

from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model
from homestead.problem.contract import Contract
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.problem.sections.candidate import Candidate
from homestead.training.estimators import build_estimator
from tests.problem_text import changed_flats

_PROBLEM = """
name: made
task: {task}
source: made.csv
key: id
timestamp: day
target: y
target_log: {log}
columns:
  id: {{type: integer}}
  day: {{type: timestamp}}
  y: {target}
  a: {{type: number, nullable: true}}
  b: {{type: number}}
  c: {{type: category, allowed: [x, y, z]}}
views: {{own: {{entity: id, columns: [a, b, c]}}}}
features: [a, b, c]
candidates: {{one: {{estimator: sklearn.linear_model.{estimator}}}}}
split: {{validation_from: 2024-01-01, holdout_from: 2024-02-01}}
metric: {metric}
"""
ROWS = 800

BOOSTED = "ensemble.HistGradientBoostingRegressor"
# Class, optionally "from" the class of an initial linear model, and parameters.
REGRESSORS: list[tuple[str, dict[str, object]]] = [
    ("linear_model.Ridge", {"alpha": 2.0}),
    ("linear_model.ElasticNet", {"alpha": 0.01}),
    ("ensemble.RandomForestRegressor", {"n_estimators": 15}),
    ("ensemble.HistGradientBoostingRegressor", {"max_iter": 40, "min_samples_leaf": 3}),
    ("ensemble.RandomForestRegressor from linear_model.Ridge", {"n_estimators": 15}),
    ("ensemble.HistGradientBoostingRegressor from linear_model.Ridge", {"max_iter": 40}),
    ("lightgbm.LGBMRegressor", {"n_estimators": 40, "min_child_samples": 3}),
    ("lightgbm.LGBMRegressor from linear_model.Ridge", {"n_estimators": 40}),
]
# Losses with a logarithm as their link, and others with a shift.
LOSSES: list[tuple[str, dict[str, object]]] = [
    (BOOSTED, {"max_iter": 20, "loss": "poisson"}),
    (BOOSTED, {"max_iter": 20, "loss": "gamma"}),
    (BOOSTED, {"max_iter": 20, "loss": "quantile", "quantile": 0.4}),
    (BOOSTED, {"max_iter": 20, "loss": "absolute_error"}),
]
LOSSES += [("linear_model.QuantileRegressor", {"quantile": 0.4, "alpha": 0.01})]
LOSSES += [
    ("lightgbm.LGBMRegressor", {"n_estimators": 20, "objective": objective})
    for objective in ("l1", "huber", "fair", "poisson", "quantile", "mape", "gamma", "tweedie")
]
RIDGE, _, FOREST, BOOSTING, _, BOOSTING_FROM_RIDGE, LIGHTGBM, _ = REGRESSORS
CLASSIFIERS: list[tuple[str, dict[str, object]]] = [
    ("linear_model.LogisticRegression", {"max_iter": 500}),
    ("ensemble.RandomForestClassifier", {"n_estimators": 15, "max_depth": 6}),
    ("ensemble.HistGradientBoostingClassifier", {"max_iter": 20, "min_samples_leaf": 3}),
    ("lightgbm.LGBMClassifier", {"n_estimators": 20, "min_child_samples": 3}),
]
POSITIVE = ("poisson", "gamma", "tweedie")


def small_problem(classes: int, log: bool = False) -> Problem:
    """Return a problem with numbers a and b and a category c; 0 classes make a regression."""
    if not classes:
        target, task, metric = "{type: number}", "regression", "mae"
    else:
        names = ", ".join(f"k{i}" for i in range(classes))
        target, task, metric = f"{{type: category, allowed: [{names}]}}", "classification", "f1"
    return parse_problem(
        _PROBLEM.format(
            task=task,
            target=target,
            metric=metric,
            log=str(log).lower(),
            estimator="LogisticRegression" if classes else "Ridge",
        )
    )


def category_problem(
    candidate: dict[str, Any], levels: int | tuple[str, ...], classes: int = 0
) -> Problem:
    """Return a problem with a number, a category and the candidate ``one``.

    Args:
        levels: the categories, or their number.
        classes: of the target; 0 makes a regression.
    """
    names = levels if isinstance(levels, tuple) else [f"v{number}" for number in range(levels)]
    changes: dict[str, Any] = {
        "features": ["area", "district"],
        "candidates": {"one": candidate},
        "columns__district__allowed": list(names),
    }
    if classes:
        target = {"type": "category", "allowed": [f"k{number}" for number in range(classes)]}
        changes |= {"task": "classification", "metric": "f1", "gate": None, "columns__rent": target}
    return parse_problem(changed_flats(**changes))


def feature_rows(missing: bool) -> np.ndarray:
    """Return inputs, (ROWS, 3) float64; a fifth of feature a is NaN if ``missing``."""
    draw = np.random.default_rng(3)
    a = draw.normal(0, 1e4, ROWS) + 1 / 3
    if missing:
        a[draw.random(ROWS) < 0.2] = np.nan
    # Values that differ only beyond float32's digits must still go down the right branch.
    b = 1 + draw.integers(0, 50, ROWS) * 1e-9
    return np.column_stack([a, b, draw.integers(0, 3, ROWS)])


def fitted(
    path: str, params: dict[str, object], problem: Problem, missing: bool
) -> tuple[Any, np.ndarray]:
    """Return a fitted estimator and its training rows.

    Args:
        params: the estimator's, and optionally the candidate's ``encoding``.
    """
    X = feature_rows(missing)
    draw = np.random.default_rng(5)
    score = np.nan_to_num(X[:, 0]) / 1e4 + X[:, 2] + draw.normal(0, 0.3, ROWS)
    if problem.task == "classification":
        count = len(problem.category_codes("y") or ())
        y = np.digitize(score, np.quantile(score, np.arange(1, count) / count))
    else:
        loss = params.get("loss", params.get("objective"))
        is_positive = problem.target_log or loss in POSITIVE
        y = np.exp(score / 3) * 1000 if is_positive else 1000 + 300 * score
    path, _, init = path.partition(" from ")
    params = dict(params)
    candidate = Candidate(
        estimator=path if path.startswith("lightgbm.") else f"sklearn.{path}",
        init=f"sklearn.{init}" if init else None,
        encoding=params.pop("encoding", None),
    )
    estimator = build_estimator(candidate, params, problem, seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(X, y), X


def exported(
    path: str, params: dict[str, object], classes: int = 0, log: bool = False
) -> tuple[Any, Model, np.ndarray]:
    """Return a fitted estimator, its model, and its training rows with missing values."""
    problem = small_problem(classes, log)
    estimator, X = fitted(path, params, problem, missing=True)
    return estimator, Model(export_onnx(estimator, Contract.from_problem(problem), X)), X

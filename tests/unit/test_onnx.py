"""The ONNX file is the estimator: on every row, missing values included, to 1e-9."""

import warnings

import numpy as np
import pytest

from homestead.errors import UserError
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model, check_agreement
from homestead.problem.contract import Contract
from homestead.problem.loader import parse_problem
from homestead.problem.parts import Candidate
from homestead.problem.schema import Problem
from homestead.training.estimators import build_estimator

TEXT = """
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
candidates: {{one: {{estimator: sklearn.linear_model.{kind}}}}}
split: {{validation_from: 2024-01-01, holdout_from: 2024-02-01}}
metric: {metric}
"""
ROWS = 800


def made(classes: int, log: bool = False) -> Problem:
    if not classes:
        target, task, metric = "{type: number}", "regression", "mae"
    else:
        names = ", ".join(f"k{i}" for i in range(classes))
        target, task, metric = f"{{type: category, allowed: [{names}]}}", "classification", "f1"
    return parse_problem(
        TEXT.format(
            task=task,
            target=target,
            metric=metric,
            log=str(log).lower(),
            kind="LogisticRegression" if classes else "Ridge",
        )
    )


def inputs(missing: bool) -> np.ndarray:
    draw = np.random.default_rng(3)
    a = draw.normal(0, 1e4, ROWS) + 1 / 3
    if missing:
        a[draw.random(ROWS) < 0.2] = np.nan
    # Values that differ only behind float32's digits must still go down the right branch.
    b = 1 + draw.integers(0, 50, ROWS) * 1e-9
    return np.column_stack([a, b, draw.integers(0, 3, ROWS)])


REGRESSORS = [
    ("linear_model.Ridge", {"alpha": 2.0}),
    ("linear_model.ElasticNet", {"alpha": 0.01}),
    ("ensemble.RandomForestRegressor", {"n_estimators": 15}),
    ("ensemble.HistGradientBoostingRegressor", {"max_iter": 40, "min_samples_leaf": 3}),
    ("ensemble.RandomForestRegressor from linear_model.Ridge", {"n_estimators": 15}),
    ("ensemble.HistGradientBoostingRegressor from linear_model.Ridge", {"max_iter": 40}),
]
CLASSIFIERS = [
    ("linear_model.LogisticRegression", {"max_iter": 500}),
    ("ensemble.RandomForestClassifier", {"n_estimators": 15, "max_depth": 6}),
    ("ensemble.HistGradientBoostingClassifier", {"max_iter": 20, "min_samples_leaf": 3}),
]


def fitted(path: str, params: dict[str, object], problem: Problem, missing: bool):
    X = inputs(missing)
    draw = np.random.default_rng(5)
    score = np.nan_to_num(X[:, 0]) / 1e4 + X[:, 2] + draw.normal(0, 0.3, ROWS)
    if problem.task == "classification":
        count = len(problem.category_codes("y") or ())
        y = np.digitize(score, np.quantile(score, np.arange(1, count) / count))
    else:
        y = np.exp(score / 3) * 1000 if problem.target_log else 1000 + 300 * score
    path, _, init = path.partition(" from ")
    candidate = Candidate(estimator=f"sklearn.{path}", init=f"sklearn.{init}" if init else None)
    estimator = build_estimator(candidate, params, problem, seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(X, y), X


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("path", "params"), REGRESSORS)
def test_regressors_agree(path: str, params: dict[str, object], log: bool, missing: bool) -> None:
    problem = made(0, log)
    estimator, X = fitted(path, params, problem, missing)
    model = Model(export_onnx(estimator, Contract.of(problem)))
    assert check_agreement(estimator, model, X) <= 1e-9
    assert model.predict(X[:1]).shape == (1,)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize(("path", "params"), CLASSIFIERS)
def test_classifiers_agree(
    path: str, params: dict[str, object], missing: bool, classes: int
) -> None:
    problem = made(classes)
    estimator, X = fitted(path, params, problem, missing)
    model = Model(export_onnx(estimator, Contract.of(problem)))
    assert check_agreement(estimator, model, X) <= 1e-9
    assert np.allclose(model.predict(X).sum(axis=1), 1)


def test_trees_that_never_split_still_answer() -> None:
    problem = made(0)
    estimator, X = fitted(
        "ensemble.RandomForestRegressor",
        {"n_estimators": 3, "min_samples_leaf": ROWS},
        problem,
        missing=False,
    )
    model = Model(export_onnx(estimator, Contract.of(problem)))
    assert check_agreement(estimator, model, X) <= 1e-9


def test_the_same_fit_gives_the_same_file_and_the_contract_is_in_it() -> None:
    problem = made(0)
    files = []
    for _ in range(2):
        estimator, _ = fitted(*REGRESSORS[2], problem, missing=True)
        files.append(export_onnx(estimator, Contract.of(problem)))
    assert files[0] == files[1]
    assert Model(files[0]).contract == Contract.of(problem)


def test_another_estimator_is_noticed() -> None:
    problem = made(0)
    one, X = fitted(*REGRESSORS[0], problem, missing=False)
    other, _ = fitted(*REGRESSORS[3], problem, missing=False)
    with pytest.raises(UserError, match="differs from the fitted"):
        check_agreement(other, Model(export_onnx(one, Contract.of(problem))), X)


def test_other_bytes_are_refused() -> None:
    with pytest.raises(UserError, match="not a model of Homestead"):
        Model(b"no model")

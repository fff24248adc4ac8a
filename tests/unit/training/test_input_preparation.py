"""Inputs of estimators: many categories stay sparse, and few are as they were."""

import tracemalloc
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from homestead.errors import UserError
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model, check_agreement
from homestead.problem.contract import Contract
from homestead.problem.sections.candidate import Candidate
from homestead.training.estimators import fit_candidate, import_estimator
from homestead.training.input_preparation import with_categories, with_prepared_inputs
from tests.unit.model.fitted_models import category_problem

RIDGE = {"estimator": "sklearn.linear_model.Ridge"}


def rows(levels: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    codes = draw.integers(0, levels, count).astype(float)
    X = np.column_stack([draw.normal(100, 5, count), codes])
    return X, X[:, 0] + draw.normal(size=levels)[codes.astype(int)]


def test_5000_categories_need_hundreds_of_megabytes_at_most_and_a_small_file() -> None:
    problem = category_problem(RIDGE, 5000)
    X, y = rows(5000, 33_000)
    tracemalloc.start()
    fitted = fit_candidate("one", {}, problem, X, y, 0)
    content = export_onnx(fitted, Contract.from_problem(problem), X)
    model = Model(content)
    assert check_agreement(fitted, model, X) <= 1e-9
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    assert len(content) < 400_000


def test_a_sparse_fit_is_that_of_dense_rows() -> None:
    problem = category_problem(RIDGE, 300)
    X, y = rows(300, 3000)
    fitted = fit_candidate("one", {}, problem, X, y, 0)
    prepared = fitted.named_steps["prepare"].transform(X)
    assert sparse.issparse(prepared)
    dense = import_estimator(RIDGE["estimator"]).fit(prepared.toarray(), y)
    np.testing.assert_allclose(fitted.predict(X), dense.predict(prepared), rtol=1e-7)


def test_few_categories_are_dense() -> None:
    problem = category_problem(RIDGE, 3)
    X, y = rows(3, 50)
    pipeline = with_prepared_inputs(import_estimator(RIDGE["estimator"]), problem).fit(X, y)
    assert isinstance(pipeline.named_steps["prepare"].transform(X), np.ndarray)


@pytest.mark.parametrize(
    ("settings", "native", "target"),
    [
        ({"estimator": "lightgbm.LGBMRegressor"}, (1,), ()),
        ({"estimator": "lightgbm.LGBMRegressor", "encoding": "target"}, (), (1,)),
        ({"estimator": "sklearn.ensemble.RandomForestRegressor"}, (), (1,)),
        ({"estimator": "sklearn.ensemble.HistGradientBoostingRegressor"}, (), (1,)),
    ],
)
def test_categories_reach_trees_as_the_candidate_says(
    settings: dict[str, Any], native: tuple[int, ...], target: tuple[int, ...]
) -> None:
    problem = category_problem(settings, 300)
    candidate = Candidate(**settings)
    trees = with_categories(import_estimator(candidate.estimator), candidate, problem, 0)
    assert (trees.native, trees.target) == (native, target)


def test_more_categories_than_an_estimator_takes_are_refused() -> None:
    settings = {"estimator": "sklearn.ensemble.HistGradientBoostingRegressor", "encoding": "native"}
    few = category_problem(settings, 200)
    # The categories that training found.
    learnt = few.columns["district"].model_copy(
        update={"allowed": tuple(f"v{number}" for number in range(300))}
    )
    problem = few.model_copy(update={"columns": {**few.columns, "district": learnt}})
    candidate = problem.candidates["one"]
    with pytest.raises(UserError, match=r"'district' has 300 categories, and .* takes 255"):
        with_categories(import_estimator(candidate.estimator), candidate, problem, 0)

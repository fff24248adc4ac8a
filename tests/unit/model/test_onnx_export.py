"""The ONNX file agrees with the estimator on every row, missing values included, to 1e-9."""

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor

from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model, check_agreement
from homestead.problem.contract import Contract
from tests.unit.model.fitted_models import (
    CLASSIFIERS,
    FOREST,
    REGRESSORS,
    ROWS,
    fitted,
    small_problem,
)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("path", "params"), REGRESSORS)
def test_regressors_agree(path: str, params: dict[str, object], log: bool, missing: bool) -> None:
    problem = small_problem(0, log)
    estimator, X = fitted(path, params, problem, missing)
    model = Model(export_onnx(estimator, Contract.from_problem(problem)))
    assert check_agreement(estimator, model, X) <= 1e-9
    assert model.predict(X[:1]).shape == (1,)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize(("path", "params"), CLASSIFIERS)
def test_classifiers_agree(
    path: str, params: dict[str, object], missing: bool, classes: int
) -> None:
    problem = small_problem(classes)
    estimator, X = fitted(path, params, problem, missing)
    model = Model(export_onnx(estimator, Contract.from_problem(problem)))
    assert check_agreement(estimator, model, X) <= 1e-9
    assert np.allclose(model.predict(X).sum(axis=1), 1)


def test_trees_that_never_split_agree() -> None:
    problem = small_problem(0)
    params: dict[str, object] = {"n_estimators": 3, "min_samples_leaf": ROWS}
    estimator, X = fitted(FOREST[0], params, problem, missing=False)
    model = Model(export_onnx(estimator, Contract.from_problem(problem)))
    assert check_agreement(estimator, model, X) <= 1e-9


def test_the_same_fit_gives_the_same_bytes() -> None:
    problem = small_problem(0)
    files = []
    for _ in range(2):
        estimator, X = fitted(*FOREST, problem, missing=True)
        files.append(export_onnx(estimator, Contract.from_problem(problem), X))
    assert files[0] == files[1]


def test_an_estimator_without_an_export_is_named() -> None:
    X = np.zeros((3, 3))
    with pytest.raises(ValueError, match="DummyRegressor has no ONNX export"):
        export_onnx(DummyRegressor().fit(X, X[:, 0]), Contract.from_problem(small_problem(0)))

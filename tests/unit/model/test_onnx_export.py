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
    LOSSES,
    REGRESSORS,
    ROWS,
    exported,
    feature_rows,
    fitted,
    small_problem,
)

CASES = [(path, params, classes, False) for path, params in CLASSIFIERS for classes in (2, 3, 5)]
CASES += [(path, params, 0, False) for path, params in LOSSES]
CASES += [(path, params, 0, log) for path, params in REGRESSORS for log in (False, True)]


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("path", "params"), REGRESSORS)
def test_regressors_agree(path: str, params: dict[str, object], log: bool, missing: bool) -> None:
    problem = small_problem(0, log)
    estimator, X = fitted(path, params, problem, missing)
    model = Model(export_onnx(estimator, Contract.from_problem(problem)))
    assert check_agreement(estimator, model, X) <= 1e-9
    assert model.predict(X[:1]).shape == (1,)


@pytest.mark.parametrize(("path", "params"), LOSSES)
def test_losses_of_boosting_agree(path: str, params: dict[str, object]) -> None:
    estimator, model, X = exported(path, params)
    assert check_agreement(estimator, model, X) <= 1e-9


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


@pytest.mark.parametrize(("path", "params", "classes", "log"), CASES)
def test_a_prediction_does_not_depend_on_the_rows_that_share_its_run(
    path: str, params: dict[str, object], classes: int, log: bool
) -> None:
    _, model, _ = exported(path, params, classes, log)
    draw = np.random.default_rng(8)
    X = np.tile(feature_rows(missing=True), (4, 1))[:3001]
    X[:, 0] *= draw.normal(1, 0.1, len(X))
    alone = np.concatenate([model.predict(X[i : i + 1]) for i in range(len(X))])
    for size in (2, 3, 5, 7, 8, 16, 17, 64, 1000, len(X)):
        starts = range(0, len(X), size)
        together = np.concatenate([model.predict(X[i : i + size]) for i in starts])
        np.testing.assert_array_equal(together, alone, f"batches of {size}")


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

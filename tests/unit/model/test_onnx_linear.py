"""Linear models as arrays: preparation of inputs, weights per unit, means of the training rows."""

import numpy as np
import pytest

from homestead.model.explanation_data import LinearArrays
from homestead.model.onnx_linear import from_pipeline
from tests.unit.model.fitted_models import CLASSIFIERS, RIDGE, fitted, small_problem


def prepared(linear: LinearArrays, X: np.ndarray) -> np.ndarray:
    """Return the prepared inputs of rows, (rows, inputs), by the description in LinearArrays."""
    values = X[:, linear.feature]
    numbers = np.where(np.isnan(values), linear.fill, values) - linear.center
    return np.asarray(np.where(linear.is_category, values == linear.category, numbers))


def test_a_regression_is_prepared_inputs_times_weights_plus_the_intercept() -> None:
    pipeline, X = fitted(*RIDGE, small_problem(0), missing=True)
    linear = from_pipeline(pipeline, 1, X)
    assert linear.feature.tolist() == [0, 1, 2, 2, 2]
    assert linear.is_category.tolist() == [False, False, True, True, True]
    assert linear.category.tolist() == [0, 0, 0, 1, 2]
    scores = prepared(linear, X) @ linear.weight + linear.intercept
    np.testing.assert_allclose(scores[:, 0], pipeline.predict(X), rtol=1e-12)


@pytest.mark.parametrize(("classes", "targets"), [(2, 1), (3, 3)])
def test_classes_have_a_column_of_weights_each_but_two_have_one(classes: int, targets: int) -> None:
    pipeline, X = fitted(*CLASSIFIERS[0], small_problem(classes), missing=True)
    linear = from_pipeline(pipeline, targets, X)
    scores = prepared(linear, X) @ linear.weight + linear.intercept
    expected = pipeline.decision_function(X).reshape(len(X), targets)
    np.testing.assert_allclose(scores, expected, rtol=1e-9, atol=1e-9)


def test_means_are_those_of_the_rows_or_of_equally_frequent_categories_without_any() -> None:
    pipeline, X = fitted(*RIDGE, small_problem(0), missing=True)
    linear = from_pipeline(pipeline, 1, X)
    np.testing.assert_allclose(linear.mean, prepared(linear, X).mean(axis=0), atol=1e-9)
    assert from_pipeline(pipeline, 1, None).mean.tolist() == [0, 0, 1 / 3, 1 / 3, 1 / 3]


def test_a_category_of_no_code_gets_no_weight() -> None:
    pipeline, X = fitted(*RIDGE, small_problem(0), missing=False)
    unseen = np.array([[X[0, 0], X[0, 1], np.nan], [X[0, 0], X[0, 1], 9.0]])
    assert not prepared(from_pipeline(pipeline, 1, X), unseen)[:, 2:].any()

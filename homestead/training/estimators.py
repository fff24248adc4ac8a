"""Estimators of candidates: scikit-learn's, with the preparation that their inputs need."""

import importlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from homestead.errors import UserError
from homestead.problem.estimators.parameters import class_code
from homestead.problem.schema import Problem
from homestead.problem.sections.candidate import Candidate


def build_estimator(
    candidate: Candidate, params: Mapping[str, Any], problem: Problem, seed: int
) -> Any:
    """Return the candidate's estimator, not fitted.

    Linear models get imputed, standardised numbers and one-hot categories. Trees get the matrix
    as it is: scaling would only cost precision.

    Args:
        params: parameters beside the candidate's fixed ones.
        seed: ``random_state`` of an estimator that has one, unless a parameter sets it.
    """
    from sklearn.compose import TransformedTargetRegressor

    from homestead.model.residual_estimator import ResidualRegressor

    estimator = import_estimator(candidate.estimator)
    values = _fitted_form({**candidate.parameters, **params}, problem)
    if "random_state" in estimator.get_params() and values.get("random_state") is None:
        values["random_state"] = seed
    estimator.set_params(**values)
    if candidate.estimator.startswith("sklearn.linear_model."):
        estimator = _with_prepared_inputs(estimator, problem)
    if candidate.init:
        initial = _with_prepared_inputs(import_estimator(candidate.init), problem)
        estimator = ResidualRegressor(initial, estimator)
    if problem.target_log:
        return TransformedTargetRegressor(estimator, func=np.log, inverse_func=np.exp)
    return estimator


def _fitted_form(params: Mapping[str, Any], problem: Problem) -> dict[str, Any]:
    """Return parameters with codes for the names of classes and features."""
    values = dict(params)
    weights, constraints = values.get("class_weight"), values.get("monotonic_cst")
    if isinstance(weights, Mapping):
        codes = {class_code(key, problem.classes): w for key, w in weights.items()}
        values["class_weight"] = codes
    if isinstance(constraints, Mapping):
        values["monotonic_cst"] = [constraints.get(name, 0) for name in problem.features]
    return values


def fit_candidate(
    name: str,
    params: Mapping[str, Any],
    problem: Problem,
    X: np.ndarray,
    y: np.ndarray,
    seed: int,
    sample_weight: np.ndarray | None = None,
) -> Any:
    """Return a candidate's estimator, fitted.

    Args:
        name: a key of ``problem.candidates``.
        X: model inputs of shape (rows, features).
        y: target values of shape (rows,), or class codes; each class has a row.
        sample_weight: how much each row counts, (rows,); None counts all alike.

    Raises:
        UserError: values that the estimator refuses.
    """
    from homestead.model.residual_estimator import weight_arguments

    candidate = problem.candidates[name]
    estimator = build_estimator(candidate, params, problem, seed)
    if "sklearn.ensemble." in candidate.estimator:
        # Boosting can't bin a feature without values. Trees never split on a constant.
        X = np.where(np.isnan(X).all(axis=0), 0.0, X)
    try:
        return estimator.fit(X, y, **weight_arguments(estimator, sample_weight))
    except (ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"candidates.{name}: {candidate.estimator}: {reason}") from None


def predict(estimator: Any, X: np.ndarray, problem: Problem) -> np.ndarray:
    """Return predictions of shape (rows,), or probabilities of shape (rows, classes)."""
    from joblib import parallel_config

    classifies = problem.task == "classification"
    # A forest's threads add up its trees in the order in which they end.
    with parallel_config(backend="sequential"):
        return np.asarray(estimator.predict_proba(X) if classifies else estimator.predict(X))


def import_estimator(path: str) -> Any:
    """Return an estimator with its default parameters, by its class's full name."""
    module, _, class_name = path.rpartition(".")
    return getattr(importlib.import_module(module), class_name)()


def _with_prepared_inputs(estimator: Any, problem: Problem) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    categories_at = {i: problem.category_codes(name) for i, name in enumerate(problem.features)}
    numbers = [i for i, values in categories_at.items() if values is None]
    categories = {i: values for i, values in categories_at.items() if values is not None}
    numeric = Pipeline(
        [
            ("impute", SimpleImputer(strategy="median", keep_empty_features=True)),
            ("scale", StandardScaler()),
        ]
    )
    one_hot = OneHotEncoder(
        categories=[np.arange(len(values), dtype=float) for values in categories.values()],
        handle_unknown="ignore",
        sparse_output=False,
    )
    transformers = [("numeric", numeric, numbers), ("category", one_hot, list(categories))]
    prepare = ColumnTransformer([entry for entry in transformers if entry[2]])
    return Pipeline([("prepare", prepare), ("model", estimator)])

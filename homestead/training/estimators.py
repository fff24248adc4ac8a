"""Estimators of candidates: scikit-learn's and LightGBM's, with the preparation of their inputs."""

import importlib
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from homestead.errors import UserError
from homestead.problem.estimators.encodings import CONSTRAINTS
from homestead.problem.estimators.parameters import class_code
from homestead.problem.schema import Problem
from homestead.problem.sections.candidate import Candidate
from homestead.threads import openmp_threads
from homestead.training.boosting.shared_bins import shared_bins
from homestead.training.distributed.workers import boosting_workers
from homestead.training.input_preparation import with_categories, with_prepared_inputs

# Histograms by columns: those by rows, and the choice by measured time, depend on the threads.
_LIGHTGBM_DEFAULTS = {"deterministic": True, "force_col_wise": True, "verbosity": -1}


def build_estimator(
    candidate: Candidate, params: Mapping[str, Any], problem: Problem, seed: int
) -> Any:
    """Return the candidate's estimator, not fitted.

    Linear models get imputed, standardised numbers and one-hot categories. Trees get the matrix
    as it is: scaling would only cost precision; how they get categories is the candidate's.

    Args:
        params: parameters beside the candidate's fixed ones.
        seed: ``random_state`` of an estimator that has one, unless a parameter sets it.

    Raises:
        UserError: LightGBM cannot be loaded, or an encoding is not for so many categories.
    """
    from sklearn.compose import TransformedTargetRegressor

    from homestead.model.residual_estimator import ResidualRegressor

    estimator = import_estimator(candidate.estimator)
    if boosting_workers(candidate.estimator):
        from homestead.training.distributed.estimators import distributed

        estimator = distributed(candidate.estimator)
    elif candidate.estimator.startswith("lightgbm.") and shared_bins() is not None:
        from homestead.training.boosting.estimators import binned

        estimator = binned(candidate.estimator)
    values = _fitted_form({**candidate.parameters, **params}, problem)
    if "random_state" in estimator.get_params() and values.get("random_state") is None:
        values["random_state"] = seed
    if candidate.estimator.startswith("lightgbm."):
        values = {**_LIGHTGBM_DEFAULTS, "n_jobs": openmp_threads(), **values}
    estimator.set_params(**values)
    if candidate.estimator.startswith("sklearn.linear_model."):
        estimator = with_prepared_inputs(estimator, problem)
    else:
        estimator = with_categories(estimator, candidate, problem, seed)
    if candidate.init:
        initial = with_prepared_inputs(import_estimator(candidate.init), problem)
        estimator = ResidualRegressor(initial, estimator)
    if problem.target_log:
        return TransformedTargetRegressor(estimator, func=np.log, inverse_func=np.exp)
    return estimator


def _fitted_form(params: Mapping[str, Any], problem: Problem) -> dict[str, Any]:
    """Return parameters with codes for the names of classes and features."""
    values = dict(params)
    weights = values.get("class_weight")
    if isinstance(weights, Mapping):
        codes = {class_code(key, problem.classes): w for key, w in weights.items()}
        values["class_weight"] = codes
    for name in CONSTRAINTS:
        if isinstance(constraints := values.get(name), Mapping):
            values[name] = [constraints.get(feature, 0) for feature in problem.features]
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
    """Return a candidate's estimator, fitted; ``name`` is a key of ``problem.candidates``.

    Raises:
        UserError: values that the estimator refuses.
    """
    candidate = problem.candidates[name]
    return fit_estimator(
        f"candidates.{name}", candidate, params, problem, X, y, seed, sample_weight
    )


def fit_estimator(
    origin: str,
    candidate: Candidate,
    params: Mapping[str, Any],
    problem: Problem,
    X: np.ndarray,
    y: np.ndarray,
    seed: int,
    sample_weight: np.ndarray | None = None,
) -> Any:
    """Return an estimator, fitted.

    Args:
        origin: key of the problem file that asks for it, for messages.
        X: model inputs of shape (rows, features).
        y: target values of shape (rows,), or class codes; each class has a row.
        sample_weight: how much each row counts, (rows,); None counts all alike.

    Raises:
        UserError: values that the estimator refuses.
    """
    from homestead.model.residual_estimator import weight_arguments

    estimator = build_estimator(candidate, params, problem, seed)
    if "sklearn.ensemble." in candidate.estimator:
        # Boosting can't bin a feature without values. Trees never split on a constant.
        is_empty = np.isnan(X).all(axis=0)
        X = np.where(is_empty, 0.0, X) if is_empty.any() else X
    try:
        return estimator.fit(X, y, **weight_arguments(estimator, sample_weight))
    except _fit_errors() as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{origin}: {candidate.estimator}: {reason}") from None


def predict(estimator: Any, X: np.ndarray, problem: Problem) -> np.ndarray:
    """Return predictions of shape (rows,), or probabilities of shape (rows, classes)."""
    from joblib import parallel_config

    classifies = problem.task == "classification"
    # A forest's threads add up its trees in the order in which they end.
    with parallel_config(backend="sequential"):
        return np.asarray(estimator.predict_proba(X) if classifies else estimator.predict(X))


def import_estimator(path: str) -> Any:
    """Return an estimator with its default parameters, by its class's full name.

    Raises:
        UserError: LightGBM cannot be loaded.
    """
    module, _, class_name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), class_name)()
    except OSError as error:
        raise UserError(
            f"{path}: {error}; LightGBM needs the system's OpenMP library: install the package"
            " libgomp1 (Debian, Ubuntu), libgomp (Fedora) or libomp (Homebrew)"
        ) from None


def _fit_errors() -> tuple[type[Exception], ...]:
    """Return the classes of what an estimator raises for values that it refuses."""
    lightgbm = sys.modules.get("lightgbm")
    return (ValueError, TypeError, *([lightgbm.basic.LightGBMError] if lightgbm else []))

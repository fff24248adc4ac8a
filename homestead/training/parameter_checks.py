"""Parameters that an estimator refuses, found without the rows of the problem.

Names and what has no export are checked when a problem is read
(:mod:`homestead.problem.estimators.parameters`).
"""

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from homestead.errors import UserError
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model, check_agreement
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.problem.sections.candidate import Candidate
from homestead.training.estimators import fit_candidate, import_estimator
from homestead.training.quantile_bounds import asks_for_quantiles, fit_quantile_models

_ROWS = 60
# Parameters that cost time, or that may be right for the problem's rows and wrong for so few.
_CHEAP: dict[str, dict[str, Any]] = {
    "RandomForest": {"n_estimators": 1, "max_samples": None, "oob_score": False, "verbose": 0},
    "LGBM": {"n_estimators": 1},
    "HistGradientBoosting": {"max_iter": 1, "early_stopping": False, "verbose": 0},
}


def parameter_errors(problem: Problem) -> Iterator[str]:
    """Yield a sentence for each parameter, or value of one, that training would refuse.

    Values are checked one by one. Then each candidate is fitted to a few made-up rows and exported,
    since some values exclude each other: a solver and several classes.
    """
    for name, candidate in problem.candidates.items():
        errors = [f"candidates.{name}.{key}: {error}" for key, error in _value_errors(candidate)]
        yield from errors or _fit_errors(name, problem)


def _value_errors(candidate: Candidate) -> Iterator[tuple[str, str]]:
    estimator = import_estimator(candidate.estimator)
    if not hasattr(estimator, "_parameter_constraints"):
        return  # LightGBM says in the fit what it refuses
    defaults = estimator.get_params()
    fixed = {name: [value] for name, value in candidate.parameters.items()}
    searched = {name: candidate.searched_values(name) for name in candidate.search}
    for section, values_by_name in {"parameters": fixed, "search": searched}.items():
        for name, values in values_by_name.items():
            for value in values:
                try:
                    estimator.set_params(**{name: value})._validate_params()
                except ValueError as error:
                    yield f"{section}.{name}", str(error)
                estimator.set_params(**{name: defaults[name]})


def _fit_errors(name: str, problem: Problem) -> Iterator[str]:
    """Yield why fits to made-up rows fail: with the first values, and with each other one."""
    candidate = problem.candidates[name]
    searched = {parameter: candidate.searched_values(parameter) for parameter in candidate.search}
    first = {parameter: values[0] for parameter, values in searched.items()}
    others = [
        {**first, parameter: value}
        for parameter, values in searched.items()
        for value in values[1:]
    ]
    cheap = next((v for kind, v in _CHEAP.items() if kind in candidate.estimator), {})
    contract = Contract.from_problem(problem)
    X, y = _made_up_rows(problem)
    for params in (first, *others):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fitted = fit_candidate(name, {**params, **cheap}, problem, X, y, seed=0)
                check_agreement(fitted, Model(export_onnx(fitted, contract, X)), X)
                if params is first and asks_for_quantiles(problem):
                    fit_quantile_models(name, {**params, **cheap}, problem, X, y, seed=0)
        except UserError as error:
            chosen = ", ".join(f"{key} {value!r}" for key, value in params.items())
            yield f"{error} ({chosen})" if chosen else str(error)


def _made_up_rows(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs, (rows, features), without missing values, and a target from 0 on, (rows,)."""
    draw = np.random.default_rng(0)
    classes = len(problem.classes)
    rows = max(_ROWS, 4 * classes)
    X = draw.normal(size=(rows, len(problem.features)))
    for column, name in enumerate(problem.features):
        if codes := problem.category_codes(name):
            X[:, column] = np.arange(rows) % len(codes)
    return X, np.arange(rows) % classes if classes else np.exp(draw.normal(size=rows))

"""Training one candidate: its search on train and validation, its fit, its ONNX file."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from homestead.errors import UserError
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model, check_agreement
from homestead.problem.contract import Contract
from homestead.problem.encoding import feature_matrix, target_values
from homestead.problem.model_metrics import MODEL_METRICS, score
from homestead.problem.parts import Candidate
from homestead.problem.schema import Problem


@dataclass(frozen=True)
class TrainedCandidate:
    """A candidate's best model.

    Attributes:
        onnx: the file's bytes; fitted on train and validation with ``params``.
        params: the best parameters.
        validation: metrics on validation of the fit on train alone, which chose ``params``.
        trials: each tried set of parameters with its value of the problem's metric.
        disagreement: largest relative difference of the ONNX file from the fitted estimator.
    """

    name: str
    onnx: bytes
    params: dict[str, Any]
    validation: dict[str, float]
    trials: list[dict[str, Any]]
    disagreement: float


def train_candidate(
    name: str,
    dataset: pd.DataFrame,
    problem: Problem,
    seed: int = 0,
    progress: Callable[[str], None] = lambda message: None,
) -> TrainedCandidate:
    """Search, fit, export and check one candidate.

    Args:
        dataset: the training set with its column ``split``. The holdout is not fitted on.

    Raises:
        UserError: an empty split, parameters that the estimator refuses, a fit that fails.
    """
    from sklearn.model_selection import ParameterSampler

    candidate = problem.candidates[name]
    contract = Contract.of(problem)
    X, y = feature_matrix(dataset, contract), target_values(dataset, problem)
    part = {split: (dataset["split"] == split).to_numpy() for split in ("train", "validation")}
    for split, rows in part.items():
        if not rows.any():
            raise UserError(f"split: no rows in {split}; see split.validation_from, holdout_from")
    size = int(np.prod([len(values) for values in candidate.search.values()], dtype=float))
    sampler = ParameterSampler(
        candidate.search, n_iter=min(candidate.trials, size), random_state=seed
    )
    metric = MODEL_METRICS[problem.metric]
    trials: list[tuple[float, dict[str, Any], dict[str, float]]] = []
    for params in sampler:
        fitted = _fit(name, candidate, params, problem, X[part["train"]], y[part["train"]], seed)
        found = score(
            problem.task, y[part["validation"]], _predict(fitted, X[part["validation"]], problem)
        )
        trials.append((metric.loss(found[problem.metric]), dict(params), found))
        progress(f"trial {len(trials)}: {problem.metric} {found[problem.metric]:.4f} {params}")
    _, params, validation = min(trials, key=lambda trial: trial[0])
    known = part["train"] | part["validation"]
    best = _fit(name, candidate, params, problem, X[known], y[known], seed)
    content = export_onnx(best, contract, X[known])
    disagreement = check_agreement(best, Model(content), X)
    return TrainedCandidate(
        name=name,
        onnx=content,
        params={**candidate.parameters, **params},
        validation=validation,
        trials=[{**tried, problem.metric: metric.loss(value)} for value, tried, _ in trials],
        disagreement=disagreement,
    )


def build_estimator(
    candidate: Candidate, params: dict[str, Any], problem: Problem, seed: int
) -> Any:
    """The candidate's estimator, not fitted.

    Linear models get imputed, standardised numbers and one-hot categories. Trees get the matrix
    as it is: scaling ahead of them would only cost precision.

    Raises:
        UserError: a parameter that the estimator does not have.
    """
    from sklearn.compose import TransformedTargetRegressor

    from homestead.model.residual import ResidualRegressor

    estimator = _imported(candidate.estimator)
    given = {**candidate.parameters, **params}
    allowed = estimator.get_params()
    for key in given:
        if key not in allowed:
            raise UserError(
                f"candidates: {candidate.estimator} has no parameter {key};"
                f" allowed are {', '.join(allowed)}"
            )
    if "random_state" in allowed:
        given.setdefault("random_state", seed)
    estimator.set_params(**given)
    if candidate.estimator.startswith("sklearn.linear_model."):
        estimator = _prepared(estimator, problem)
    if candidate.init:
        estimator = ResidualRegressor(_prepared(_imported(candidate.init), problem), estimator)
    if problem.target_log:
        return TransformedTargetRegressor(estimator, func=np.log, inverse_func=np.exp)
    return estimator


def _imported(path: str) -> Any:
    module, _, kind = path.rpartition(".")
    return getattr(importlib.import_module(module), kind)()


def _prepared(model: Any, problem: Problem) -> Any:
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    codes = {i: problem.category_codes(name) for i, name in enumerate(problem.features)}
    numbers = [i for i, values in codes.items() if values is None]
    categories = {i: values for i, values in codes.items() if values is not None}
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
    steps = [("numeric", numeric, numbers), ("category", one_hot, list(categories))]
    prepare = ColumnTransformer([step for step in steps if step[2]])
    return Pipeline([("prepare", prepare), ("model", model)])


def _fit(
    name: str,
    candidate: Candidate,
    params: dict[str, Any],
    problem: Problem,
    X: np.ndarray,
    y: np.ndarray,
    seed: int,
) -> Any:
    estimator = build_estimator(candidate, params, problem, seed)
    if problem.task == "classification":
        seen = set(np.unique(y).tolist())
        for code, label in enumerate(problem.category_codes(problem.target) or ()):
            if code not in seen:
                raise UserError(f"target {problem.target}: no row before the holdout has {label!r}")
    try:
        return estimator.fit(X, y)
    except (ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"candidates.{name}: {candidate.estimator}: {reason}") from None


def _predict(estimator: Any, X: np.ndarray, problem: Problem) -> np.ndarray:
    classify = problem.task == "classification"
    return np.asarray(estimator.predict_proba(X) if classify else estimator.predict(X))

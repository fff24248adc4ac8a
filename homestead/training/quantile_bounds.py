"""Models of two quantiles, from which the bounds of prediction intervals are made."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from homestead.problem.schema import Problem
from homestead.problem.sections.candidate import Candidate
from homestead.problem.sections.target_policies import QUANTILE_PARAMETERS
from homestead.training.estimators import fit_estimator, predict

_BOOSTING = "sklearn.ensemble.HistGradientBoostingRegressor"
# LightGBM refuses these with the loss of a quantile.
_NOT_WITH_QUANTILES = (
    *("monotone_constraints", "monotone_constraints_method", "monotone_penalty"),
    *("fair_c", "poisson_max_delta_step", "tweedie_variance_power"),
)
# Without the penalty of scikit-learn's default, which is of the size of a target's unit.
_DEFAULTS = {"sklearn.linear_model.QuantileRegressor": {"alpha": 0.0}}


def asks_for_quantiles(problem: Problem) -> bool:
    """Return whether the problem's intervals are made by models of quantiles."""
    return problem.interval is not None and problem.interval.method == "quantile"


def fit_quantile_models(
    name: str,
    params: Mapping[str, Any],
    problem: Problem,
    X: np.ndarray,
    y: np.ndarray,
    seed: int,
    sample_weight: np.ndarray | None = None,
) -> tuple[Any, Any]:
    """Return the fitted models of the lower and the upper quantile.

    Args:
        name: a key of ``problem.candidates``.
        params: the candidate's searched parameters; those of its boosting are the quantiles' too.
        X: model inputs of shape (rows, features).
        y: target values of shape (rows,).
        sample_weight: how much each row counts, (rows,); None counts all alike.

    Raises:
        UserError: values that the estimator refuses.
    """
    assert problem.interval is not None  # noqa: S101
    tail = (1 - problem.interval.coverage) / 2
    candidate = quantile_candidate(problem, problem.candidates[name], params)
    origin = "interval" if problem.interval.estimator else f"interval, by candidates.{name}"
    lower, upper = (
        fit_estimator(origin, _for_level(candidate, level), {}, problem, X, y, seed, sample_weight)
        for level in (tail, 1 - tail)
    )
    return lower, upper


def predict_quantiles(models: tuple[Any, Any], X: np.ndarray, problem: Problem) -> np.ndarray:
    """Return what the models of two quantiles predict, (rows, 2)."""
    return np.column_stack([predict(model, X, problem) for model in models])


def quantile_candidate(
    problem: Problem, candidate: Candidate, params: Mapping[str, Any]
) -> Candidate:
    """Return the estimator of the quantiles: stated, the candidate's own, or boosting."""
    interval = problem.interval
    if interval is not None and interval.estimator:
        defaults = _DEFAULTS.get(interval.estimator, {})
        return Candidate(
            estimator=interval.estimator, parameters={**defaults, **interval.parameters}
        )
    if candidate.estimator not in QUANTILE_PARAMETERS:
        return Candidate(estimator=_BOOSTING)
    kept = {
        key: value
        for key, value in {**candidate.parameters, **params}.items()
        if key not in _NOT_WITH_QUANTILES
    }
    return candidate.model_copy(update={"parameters": kept, "search": {}})


def _for_level(candidate: Candidate, level: float) -> Candidate:
    names = QUANTILE_PARAMETERS[candidate.estimator]
    # The last one is the quantile's own; one before it names the loss.
    stated = dict(zip(names, ("quantile", level)[-len(names) :], strict=True))
    return candidate.model_copy(update={"parameters": {**candidate.parameters, **stated}})

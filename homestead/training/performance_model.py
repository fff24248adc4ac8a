"""Fitting of what estimates a model's performance without labels, on validation rows.

Models of the loss follow "direct loss estimation" as NannyML describes it: a regressor from inputs
and prediction to the loss of the row. Cross-fitting measures how far such a model is off on rows
that it has not seen.
"""

import base64
from typing import Any

import numpy as np

from homestead.errors import UserError
from homestead.model.onnx_export import export_onnx
from homestead.model.onnx_model import Model, check_agreement
from homestead.model.performance_model import LossModel, PerformanceModel
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.training.calibration import fit_calibration

_LEAST_ROWS = 50
_FOLDS = 3
# A step function of so many steps follows so few rows by heart.
_LEAST_ISOTONIC_ROWS = 1000
_BOOSTING = {"max_iter": 30, "max_leaf_nodes": 7, "min_samples_leaf": 15, "learning_rate": 0.1}


def fit_performance_model(
    problem: Problem, contract: Contract, X: np.ndarray, y: np.ndarray, raw: np.ndarray, seed: int
) -> PerformanceModel:
    """Fit what the task's estimates need.

    Args:
        contract: of the model whose performance will be estimated.
        X: inputs of validation rows, (rows, features).
        y: their targets of shape (rows,), or class codes.
        raw: predictions of shape (rows,), or probabilities of shape (rows, classes), of a model
            that was not fitted on these rows; of a classification before its calibration.
        seed: of the fits.
    """
    rows = len(y)
    if rows < _LEAST_ROWS:
        reason = f"validation has {rows} rows, at least {_LEAST_ROWS} are needed to estimate by"
        return PerformanceModel(rows=rows, undefined=reason)
    if not np.isfinite(raw).all():
        return PerformanceModel(rows=rows, undefined="predictions on validation are not finite")
    if problem.task == "classification":
        return _fit_classification(problem, y, raw)
    hidden = contract.sensitivity
    used = [i for i, name in enumerate(contract.features) if name not in hidden]
    names = tuple(contract.features[i] for i in used)
    inputs = np.column_stack([X[:, used], raw])
    losses = [
        _fit_losses(name, is_squared, values, inputs, names, contract, seed)
        for name, is_squared, values in _losses(problem, y, raw)
    ]
    return PerformanceModel(rows=rows, features=names, losses=tuple(losses))


def _fit_classification(problem: Problem, y: np.ndarray, raw: np.ndarray) -> PerformanceModel:
    rows = len(y)
    if problem.calibration is not None:
        return PerformanceModel(rows=rows)
    method = "isotonic" if rows >= _LEAST_ISOTONIC_ROWS else "sigmoid"
    try:
        calibration = fit_calibration(
            problem.model_copy(update={"calibration": method}), y, raw, None
        )
    except UserError as error:
        return PerformanceModel(rows=rows, undefined=str(error))
    return PerformanceModel(rows=rows, calibration=calibration)


def _losses(
    problem: Problem, y: np.ndarray, predictions: np.ndarray
) -> list[tuple[str, bool, np.ndarray]]:
    """Return losses of each row by metric, and whether the metric is the root of its mean.

    They are the absolute error, and the loss of the problem's own metric.
    """
    error = np.abs(predictions - y)
    losses = [("mae", False, error)]
    if problem.metric in ("rmse", "r2"):
        losses.append(("rmse", True, error**2))
    if problem.metric == "mape" and not (y == 0).any():
        losses.append(("mape", False, np.abs(error / y)))
    if problem.metric == "quantile_loss" and problem.quantile is not None:
        above = y - predictions
        pinball = np.maximum(problem.quantile * above, (problem.quantile - 1) * above)
        losses.append(("quantile_loss", False, pinball))
    return [(name, squared, loss) for name, squared, loss in losses if np.isfinite(loss).all()]


def _fit_losses(
    metric: str,
    is_squared: bool,
    losses: np.ndarray,
    inputs: np.ndarray,
    names: tuple[str, ...],
    contract: Contract,
    seed: int,
) -> LossModel:
    # Losses of any unit: boosting's penalties and the exponent are of a size of about 1.
    size = float(losses.mean()) or 1.0
    fold = np.arange(len(losses)) % _FOLDS
    expected = np.empty_like(losses)
    for number in range(_FOLDS):
        others, own = fold != number, fold == number
        expected[own] = _fitted(inputs[others], losses[others] / size, seed).predict(inputs[own])
    expected *= size
    total = expected.sum()
    scale = float(losses.sum() / total) if total > 0 else 1.0
    differences = losses - scale * expected
    spread = float(np.sqrt((expected**2).mean())) * max(scale, np.finfo(float).tiny)
    mean = float(expected.mean())
    rows = len(losses)
    return LossModel(
        metric=metric,
        is_squared=is_squared,
        onnx=_exported(_fitted(inputs, losses / size, seed), size, inputs, names, contract),
        scale=scale * size,
        scale_error=float(np.sqrt((differences**2).sum()) / rows / mean) * size if mean else 0.0,
        noise=float(np.sqrt((differences**2).mean())) / spread if spread else 0.0,
    )


def _fitted(inputs: np.ndarray, losses: np.ndarray, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    # The logarithm as link keeps expected losses positive; it needs a loss above 0.
    loss = "poisson" if losses.sum() > 0 else "squared_error"
    # Boosting can't bin a feature without values.
    inputs = np.where(np.isnan(inputs).all(axis=0), 0.0, inputs)
    return HistGradientBoostingRegressor(
        loss=loss, early_stopping=False, random_state=seed, **_BOOSTING
    ).fit(inputs, losses)


def _exported(
    fitted: Any, size: float, inputs: np.ndarray, names: tuple[str, ...], contract: Contract
) -> str:
    own = Contract(
        problem=contract.problem,
        task="regression",
        target="loss",
        classes=(),
        columns={},
        derived={},
        views=(),
        features=(*names, "prediction"),
    )
    content = export_onnx(fitted, own)
    check_agreement(fitted, Model(content), inputs)
    return base64.b64encode(content).decode()

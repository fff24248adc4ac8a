"""Fitting of calibration curves on rows that the model was not fitted on."""

import numpy as np

from homestead.errors import UserError
from homestead.problem.answers.calibration import SMALLEST, Calibration, CalibrationCurve
from homestead.problem.schema import Problem

# Folds of the validation rows, on which calibrated probabilities are measured.
FOLDS = 5


def fit_calibration(
    problem: Problem, y: np.ndarray, probabilities: np.ndarray, weights: np.ndarray | None
) -> Calibration:
    """Return the calibration that the problem asks for.

    Args:
        y: class codes of shape (rows,), of rows that the model was not fitted on.
        probabilities: the model's own, (rows, classes).
        weights: how much each row counts in metrics, (rows,), not in the fit of the model: the
            frequencies that count are those of the rows.

    Raises:
        UserError: a class has no row, or all rows are of it.
    """
    method = problem.calibration
    assert method is not None  # noqa: S101
    counts = np.bincount(y, minlength=len(problem.classes))
    if not counts.all() or counts.max() == len(y):
        label = problem.classes[int(counts.argmin())]
        raise UserError(
            f"calibration: class {label!r} has no row in validation, where the others have"
            f" {len(y)}; see split.validation_from"
        )
    columns = [1] if len(counts) == 2 else range(len(counts))
    fit = _fit_isotonic if method == "isotonic" else _fit_sigmoid
    weights = np.ones(len(y)) if weights is None else weights
    curves = [fit(probabilities[:, column], y == column, weights) for column in columns]
    return Calibration(method=method, curves=tuple(curves))


def cross_calibrated(
    problem: Problem, y: np.ndarray, probabilities: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, int]:
    """Return probabilities calibrated without the row's own fold, and the number of folds.

    Each class is spread over the folds. A class with fewer rows than folds lowers their number; of
    one row, there is none, and the curves have seen the rows that they are measured on.
    """
    folds = min(FOLDS, int(np.bincount(y, minlength=len(problem.classes)).min()))
    if folds < 2:
        return fit_calibration(problem, y, probabilities, weights).apply(probabilities), 1
    fold = np.empty(len(y), dtype=int)
    for code in range(len(problem.classes)):
        rows = np.flatnonzero(y == code)
        fold[rows] = np.arange(len(rows)) % folds
    calibrated = np.empty_like(probabilities)
    for number in range(folds):
        others, own = fold != number, fold == number
        some = None if weights is None else weights[others]
        curves = fit_calibration(problem, y[others], probabilities[others], some)
        calibrated[own] = curves.apply(probabilities[own])
    return calibrated, folds


def _fit_isotonic(p: np.ndarray, is_class: np.ndarray, weights: np.ndarray) -> CalibrationCurve:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    fitted.fit(p, is_class.astype(float), sample_weight=weights)
    x, first = np.unique(fitted.X_thresholds_, return_index=True)
    return CalibrationCurve(x=tuple(x.tolist()), y=tuple(fitted.y_thresholds_[first].tolist()))


def _fit_sigmoid(p: np.ndarray, is_class: np.ndarray, weights: np.ndarray) -> CalibrationCurve:
    """Fit Platt's sigmoid (1999) to the log-odds, with his targets, which are not quite 0 and 1."""
    from sklearn.linear_model import LogisticRegression

    odds = np.log(np.maximum(p, SMALLEST)) - np.log(np.maximum(1 - p, SMALLEST))
    positives, negatives = weights[is_class].sum(), weights[~is_class].sum()
    target = np.where(is_class, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    fitted = LogisticRegression(C=1e6, tol=1e-8, max_iter=1000).fit(
        np.concatenate([odds, odds])[:, None],
        np.repeat([1, 0], len(p)),
        sample_weight=np.concatenate([weights * target, weights * (1 - target)]),
    )
    return CalibrationCurve(slope=float(fitted.coef_[0, 0]), intercept=float(fitted.intercept_[0]))

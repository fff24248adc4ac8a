"""Formulas of the model metrics.

Each takes targets ``y`` of shape (rows,), predictions of shape (rows,), probabilities of shape
(rows, classes) or answered class codes of shape (rows,), and row weights of shape (weightings,
rows), and returns shape (weightings,). The table :mod:`homestead.problem.model_metrics.table` says
more.
"""

import numpy as np


def mape(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean absolute error as a share of the target, which has no zeros."""
    return np.asarray(weights @ np.abs((prediction - y) / y) / weights.sum(axis=1))


def mae(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean absolute error."""
    return np.asarray(weights @ np.abs(prediction - y) / weights.sum(axis=1))


def rmse(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the root of the mean squared error."""
    return np.asarray(np.sqrt(weights @ (prediction - y) ** 2 / weights.sum(axis=1)))


def r2(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share of the variance that is explained; NaN for equal targets."""
    squares = weights @ (prediction - y) ** 2
    centred = y - y.mean()
    uncorrected = weights @ centred**2
    spread = uncorrected - (weights @ centred) ** 2 / weights.sum(axis=1)
    # A spread this small is rounding error of equal targets: there is nothing to explain.
    return np.asarray(1 - squares / np.where(spread > 1e-12 * uncorrected, spread, np.nan))


def log_loss(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean negative logarithm of the probability of the actual class."""
    y = y.astype(int)
    of_actual_class = np.clip(prediction[np.arange(len(y)), y], 1e-15, 1.0)
    return np.asarray(weights @ -np.log(of_actual_class) / weights.sum(axis=1))


def roc_auc(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve; of several classes, the mean of them."""
    y = y.astype(int)
    # Both classes of a binary problem have the same area: one is enough.
    classes = [1] if prediction.shape[1] == 2 else np.unique(y)
    areas = [_area_under_curve(y == label, prediction[:, label], weights) for label in classes]
    return np.asarray(np.mean(areas, axis=0))


def pr_auc(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the average precision of the last of two classes; of several, the mean of them."""
    y = y.astype(int)
    classes = [1] if prediction.shape[1] == 2 else np.unique(y)
    areas = [_average_precision(y == label, prediction[:, label], weights) for label in classes]
    return np.asarray(np.mean(areas, axis=0))


def accuracy(y: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share of rows whose answered class is the actual one."""
    return np.asarray(weights @ (labels == y.astype(int)) / weights.sum(axis=1))


def balanced_accuracy(y: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the mean over the actual classes of the share that is recognised."""
    y = y.astype(int)
    recalls = [
        weights @ ((y == label) & (labels == label)) / (weights @ (y == label))
        for label in np.unique(y)
    ]
    return np.asarray(np.mean(recalls, axis=0))


def cost(y: np.ndarray, labels: np.ndarray, weights: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """Return the mean cost of a row; ``costs`` is (actual class, answered class)."""
    return np.asarray(weights @ costs[y.astype(int), labels] / weights.sum(axis=1))


def quantile_loss(
    y: np.ndarray, prediction: np.ndarray, weights: np.ndarray, quantile: float
) -> np.ndarray:
    """Return the mean pinball loss (Koenker and Bassett, 1978) of a predicted quantile."""
    above = y - prediction
    losses = np.maximum(quantile * above, (quantile - 1) * above)
    return np.asarray(weights @ losses / weights.sum(axis=1))


def f1(y: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the harmonic mean of precision and recall, averaged over the classes."""
    y, predicted = y.astype(int), labels
    total = weights.sum(axis=1)
    scores = []
    for label in np.unique(np.concatenate([y, predicted])):
        true_positives = weights @ ((predicted == label) & (y == label))
        positives = weights @ ((predicted == label).astype(float) + (y == label))
        scores.append(
            np.divide(2 * true_positives, positives, out=np.zeros_like(total), where=positives > 0)
        )
    return np.asarray(np.mean(scores, axis=0))


def _area_under_curve(
    is_positive: np.ndarray, probability: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return how often a positive row's probability is above a negative row's; ties count half."""
    _, rank = np.unique(probability, return_inverse=True)
    order = np.argsort(rank, kind="stable")
    starts = np.flatnonzero(np.diff(rank[order], prepend=-1))
    positives, negatives = (
        np.add.reduceat((weights * rows)[:, order], starts, axis=1)
        for rows in (is_positive, ~is_positive)
    )
    below = np.cumsum(negatives, axis=1) - negatives / 2
    with np.errstate(invalid="ignore"):
        return np.asarray(
            (positives * below).sum(axis=1) / (positives.sum(axis=1) * negatives.sum(axis=1))
        )


def _average_precision(
    is_positive: np.ndarray, probability: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the precision at each probability, weighted by the recall that it adds."""
    _, rank = np.unique(-probability, return_inverse=True)
    order = np.argsort(rank, kind="stable")
    starts = np.flatnonzero(np.diff(rank[order], prepend=-1))
    positives, rows = (
        np.add.reduceat(values[:, order], starts, axis=1)
        for values in (weights * is_positive, weights)
    )
    with np.errstate(invalid="ignore"):
        precision = np.nan_to_num(positives.cumsum(axis=1) / rows.cumsum(axis=1))
        return np.asarray((positives * precision).sum(axis=1) / positives.sum(axis=1))

"""Metrics as functions of row weights, so that a value and its bootstrap are one definition."""

import numpy as np

from homestead.problem.schema import METRICS

RESAMPLES = 2000
_BLOCK = 5_000_000  # weights held in memory at a time


def score(task: str, y: np.ndarray, prediction: np.ndarray) -> dict[str, float]:
    """Every metric of the task.

    Args:
        y: (rows,) target values, or class codes.
        prediction: (rows,), or probabilities (rows, classes).
    """
    weights = np.ones((1, len(y)))
    return {name: float(weighted(name, y, prediction, weights)[0]) for name in METRICS[task]}


def weighted(metric: str, y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """A metric under several weightings of the rows.

    Args:
        weights: (weightings, rows), for example how often each row was drawn.

    Returns:
        (weightings,) values. ``mape``, ``mae`` and ``rmse`` are relative, in the target's unit and
        in the target's unit; ``f1`` and ``roc_auc`` are means over the classes that occur, each
        against the rest. NaN: ``r2`` where all targets are equal, ``roc_auc`` of a single class.
    """
    total = weights.sum(axis=1)
    if metric in METRICS["classification"]:
        return _of_classes(metric, y.astype(int), prediction, weights, total)
    error = prediction - y
    if metric == "mape":
        return np.asarray(weights @ np.abs(error / y) / total)
    if metric == "mae":
        return np.asarray(weights @ np.abs(error) / total)
    squares = weights @ error**2
    if metric == "rmse":
        return np.asarray(np.sqrt(squares / total))
    centred = y - y.mean()
    around = weights @ centred**2
    spread = around - (weights @ centred) ** 2 / total
    # What is left of equal targets is rounding: there is nothing to explain.
    return np.asarray(1 - squares / np.where(spread > 1e-12 * around, spread, np.nan))


def _of_classes(
    metric: str, y: np.ndarray, prediction: np.ndarray, weights: np.ndarray, total: np.ndarray
) -> np.ndarray:
    if metric == "log_loss":
        own = np.clip(prediction[np.arange(len(y)), y], 1e-15, 1.0)
        return np.asarray(weights @ -np.log(own) / total)
    if metric == "roc_auc":
        # Of two classes both sides have the same area: one is enough.
        classes = [1] if prediction.shape[1] == 2 else np.unique(y)
        areas = [_area(y == label, prediction[:, label], weights) for label in classes]
        return np.asarray(np.mean(areas, axis=0))
    chosen = prediction.argmax(axis=1)
    if metric == "accuracy":
        return np.asarray(weights @ (chosen == y) / total)
    scores = []
    for label in np.unique(np.concatenate([y, chosen])):
        hits = weights @ ((chosen == label) & (y == label))
        both = weights @ ((chosen == label).astype(float) + (y == label))
        scores.append(np.divide(2 * hits, both, out=np.zeros_like(total), where=both > 0))
    return np.asarray(np.mean(scores, axis=0))


def _area(hit: np.ndarray, score: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Area under the ROC curve: how often a hit's score is above another row's, ties by half."""
    _, rank = np.unique(score, return_inverse=True)
    order = np.argsort(rank, kind="stable")
    starts = np.flatnonzero(np.diff(rank[order], prepend=-1))
    hits, others = (
        np.add.reduceat((weights * part)[:, order], starts, axis=1) for part in (hit, ~hit)
    )
    below = np.cumsum(others, axis=1) - others / 2
    with np.errstate(invalid="ignore"):
        return np.asarray((hits * below).sum(axis=1) / (hits.sum(axis=1) * others.sum(axis=1)))


def interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """Percentile interval (Efron, 1979) of bootstrap values of shape (resamples,).

    Resamples in which the metric has no value, NaN, are left out.
    """
    low, high = np.nanquantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def bootstrap(
    metrics: tuple[str, ...], y: np.ndarray, predictions: list[np.ndarray], seed: int
) -> dict[str, np.ndarray]:
    """Metrics of several models under the same resamples of the rows (paired bootstrap).

    Returns:
        By metric an array (models, resamples).
    """
    rows = len(y)
    rng = np.random.default_rng(seed)
    block = max(1, _BLOCK // rows)
    parts: dict[str, list[np.ndarray]] = {name: [] for name in metrics}
    for start in range(0, RESAMPLES, block):
        size = min(block, RESAMPLES - start)
        weights = rng.multinomial(rows, np.full(rows, 1 / rows), size=size).astype(float)
        for name in metrics:
            parts[name].append(np.stack([weighted(name, y, p, weights) for p in predictions]))
    return {name: np.concatenate(found, axis=1) for name, found in parts.items()}

"""Paired bootstrap: metrics of several models under the same resamples of the rows."""

from collections.abc import Sequence

import numpy as np

from homestead.problem.model_metrics import ModelMetric

RESAMPLES = 2000
# Row weights held in memory at a time (40 MB).
_MAX_WEIGHTS = 5_000_000


def bootstrap(
    metrics: Sequence[ModelMetric], y: np.ndarray, predictions: Sequence[np.ndarray], seed: int
) -> dict[str, np.ndarray]:
    """Resample the rows, the same way for each model.

    Args:
        y: target values of shape (rows,), or class codes.
        predictions: of each model, shape (rows,), or probabilities of shape (rows, classes).

    Returns:
        By metric name an array of shape (models, resamples).
    """
    rows = len(y)
    rng = np.random.default_rng(seed)
    block = max(1, _MAX_WEIGHTS // rows)
    blocks: dict[str, list[np.ndarray]] = {metric.name: [] for metric in metrics}
    for start in range(0, RESAMPLES, block):
        size = min(block, RESAMPLES - start)
        weights = rng.multinomial(rows, np.full(rows, 1 / rows), size=size).astype(float)
        for metric in metrics:
            values = [metric.formula(y, prediction, weights) for prediction in predictions]
            blocks[metric.name].append(np.stack(values))
    return {name: np.concatenate(values, axis=1) for name, values in blocks.items()}


def percentile_interval(values: np.ndarray, confidence: float) -> tuple[float, float]:
    """Return the percentile interval (Efron, 1979) of bootstrap values of shape (resamples,).

    Resamples in which the metric is undefined (NaN) are left out.
    """
    low, high = np.nanquantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)

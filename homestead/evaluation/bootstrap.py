"""Paired bootstrap: metrics of several models under the same resamples of the rows."""

from collections.abc import Sequence

import numpy as np

from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.model_metrics.table import ModelMetric

RESAMPLES = 2000
# Row weights held in memory at a time (40 MB).
_MAX_WEIGHTS = 5_000_000


def bootstrap(
    metrics: Sequence[ModelMetric],
    y: np.ndarray,
    predictions: Sequence[np.ndarray | Predictions],
    seed: int,
    row_weights: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Resample the rows, the same way for each model.

    Args:
        y: target values of shape (rows,), or class codes.
        predictions: of each model, shape (rows,), or probabilities of shape (rows, classes).
        row_weights: how much each row counts, shape (rows,); by default all alike.
        groups: number of each row's group, from 0, shape (rows,): rows of one group are drawn
            together, because they depend on each other. By default each row is one of its own.

    Returns:
        By metric name an array of shape (models, resamples); not finite where a resample has no
        value, for example of one class alone.
    """
    rows = len(y)
    drawn = rows if groups is None else int(groups.max()) + 1
    rng = np.random.default_rng(seed)
    block = max(1, _MAX_WEIGHTS // rows)
    blocks: dict[str, list[np.ndarray]] = {metric.name: [] for metric in metrics}
    for start in range(0, RESAMPLES, block):
        size = min(block, RESAMPLES - start)
        weights = rng.multinomial(drawn, np.full(drawn, 1 / drawn), size=size).astype(float)
        if groups is not None:
            weights = weights[:, groups]
        if row_weights is not None:
            weights *= row_weights
        with np.errstate(all="ignore"):
            for metric in metrics:
                values = [metric.evaluate(y, prediction, weights) for prediction in predictions]
                blocks[metric.name].append(np.stack(values))
    return {name: np.concatenate(values, axis=1) for name, values in blocks.items()}


def percentile_interval(values: np.ndarray, confidence: float) -> tuple[float, float] | None:
    """Return the percentile interval (Efron, 1979) of bootstrap values of shape (resamples,).

    Resamples without a finite value are left out. None if there are so many of them that, at one
    end, they could be all that the interval leaves out.
    """
    finite = values[np.isfinite(values)]
    tail = (1 - confidence) / 2
    if len(finite) < (1 - tail) * len(values):
        return None
    low, high = np.quantile(finite, [tail, 1 - tail])
    return float(low), float(high)

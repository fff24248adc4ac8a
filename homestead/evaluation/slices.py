"""The problem's metric on slices: rows that share a category, a number or a range of numbers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from homestead.evaluation.certificate import SliceResult
from homestead.problem.encoding import encode_columns
from homestead.problem.model_metrics import MODEL_METRICS
from homestead.problem.schema import Problem

# A numeric column with more distinct values is cut at its quartiles.
_MAX_DISTINCT_VALUES = 12
# Keeps the relative difference finite where the champion's metric is 0.
_SMALLEST_DIVISOR = 1e-12


def score_slices(
    problem: Problem, holdout: pd.DataFrame, y: np.ndarray, predictions: Sequence[np.ndarray]
) -> tuple[SliceResult, ...]:
    """Score each slice of ``problem.slices`` in which the metric is defined for every model.

    Args:
        y: the holdout's target values of shape (rows,), or class codes.
        predictions: the winner's and, if there is a champion to compare with, the champion's.
    """
    metric = MODEL_METRICS[problem.metric]
    results = []
    for column in problem.slices:
        for value, rows in _slices_of(holdout, column, problem):
            weights = rows.astype(float)[None, :]
            scores = [float(metric.formula(y, p, weights)[0]) for p in predictions]
            if not np.isfinite(scores).all():
                continue
            champion = scores[1] if len(scores) > 1 else None
            worse_by = None
            if champion is not None:
                divisor = max(abs(champion), _SMALLEST_DIVISOR)
                worse_by = metric.loss(scores[0] - champion) / divisor
            row_count = int(rows.sum())
            judged = worse_by is not None and row_count >= problem.gate.min_slice_rows
            results.append(
                SliceResult(
                    column=column,
                    value=value,
                    rows=row_count,
                    winner=scores[0],
                    champion=champion,
                    worse_by=worse_by,
                    judged=judged,
                    ok=not judged or worse_by is None or worse_by <= problem.gate.slice_tolerance,
                )
            )
    return tuple(results)


def _slices_of(
    holdout: pd.DataFrame, column: str, problem: Problem
) -> list[tuple[str, np.ndarray]]:
    """Return each slice of a column as its name and a mask of shape (rows,); none is empty."""
    categories = problem.category_codes(column)
    if categories is not None:
        masks = [(value, (holdout[column] == value).to_numpy()) for value in categories]
        return [(value, mask) for value, mask in masks if mask.any()]
    numbers = encode_columns(holdout, problem)[column]
    values = np.unique(numbers[~np.isnan(numbers)])
    if len(values) <= _MAX_DISTINCT_VALUES:
        return [(f"{value:g}", numbers == value) for value in values]
    quartiles = np.unique(np.nanquantile(numbers, [0.25, 0.5, 0.75]))
    position = np.searchsorted(quartiles, numbers, "left")
    bounds = [values[0], *quartiles, values[-1]]
    masks = [
        (f"{bounds[i]:g} to {bounds[i + 1]:g}", (position == i) & ~np.isnan(numbers))
        for i in range(len(quartiles) + 1)
    ]
    return [(value, mask) for value, mask in masks if mask.any()]

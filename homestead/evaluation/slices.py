"""The problem's metric on slices: rows that share a category, a number or a range of numbers."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from homestead.evaluation.certificate import SliceResult
from homestead.problem.answers.metrics import problem_metric
from homestead.problem.encoding import encode_columns
from homestead.problem.model_metrics.predictions import Predictions, as_predictions
from homestead.problem.schema import Problem

# A numeric column with more distinct values is cut at its quartiles.
_MAX_DISTINCT_VALUES = 12
# Of a category with more values, those with the most rows of the holdout.
_MAX_CATEGORIES = 100
# Keeps the relative difference finite where the champion's metric is 0.
_SMALLEST_DIVISOR = 1e-12


def score_slices(
    problem: Problem,
    holdout: pd.DataFrame,
    y: np.ndarray,
    predictions: Sequence[np.ndarray | Predictions],
    weights: np.ndarray | None = None,
) -> tuple[SliceResult, ...]:
    """Score each slice of ``problem.slices``; one without a value says why and is not judged.

    Args:
        y: the holdout's target values of shape (rows,), or class codes.
        predictions: the winner's and, if there is a champion to compare with, the champion's.
        weights: how much each row counts, shape (rows,); by default all alike.
    """
    answers = [as_predictions(prediction) for prediction in predictions]
    weights = np.ones(len(y)) if weights is None else weights
    return tuple(
        _score_slice(
            problem, column, value, y[rows], [a.rows(rows) for a in answers], weights[rows]
        )
        for column, value, rows in holdout_slices(holdout, problem)
    )


def holdout_slices(
    holdout: pd.DataFrame, problem: Problem
) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield each slice of ``problem.slices``: column, name, and which rows it has, (rows,)."""
    for column in problem.slices:
        for value, rows in _slices_of(holdout, column, problem):
            yield column, value, rows


def _score_slice(
    problem: Problem,
    column: str,
    value: str,
    y: np.ndarray,
    predictions: Sequence[Predictions],
    weights: np.ndarray,
) -> SliceResult:
    metric = problem_metric(problem)
    measured = [metric.measure(y, prediction, weights) for prediction in predictions]
    winner, champion = measured[0].value, measured[1].value if len(measured) > 1 else None
    worse_by = None
    if winner is not None and champion is not None:
        worse_by = metric.loss(winner - champion) / max(abs(champion), _SMALLEST_DIVISOR)
    judged = worse_by is not None and len(y) >= problem.gate.min_slice_rows
    return SliceResult(
        column=column,
        value=value,
        rows=len(y),
        winner=winner,
        champion=champion,
        worse_by=worse_by,
        judged=judged,
        ok=not judged or worse_by is None or worse_by <= problem.gate.slice_tolerance,
        undefined=next((m.undefined for m in measured if m.undefined), ""),
    )


def _slices_of(
    holdout: pd.DataFrame, column: str, problem: Problem
) -> list[tuple[str, np.ndarray]]:
    """Return each slice of a column as its name and a mask of shape (rows,); none is empty."""
    numbers = encode_columns(holdout, problem)[column]
    categories = problem.category_codes(column)
    if categories is not None:
        codes, counts = np.unique(numbers[~np.isnan(numbers)], return_counts=True)
        # Thousands of slices say nothing, and one of them would always be worse by chance.
        largest = codes[np.argsort(-counts, kind="stable")][:_MAX_CATEGORIES]
        return [(categories[int(code)], numbers == code) for code in np.sort(largest)]
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

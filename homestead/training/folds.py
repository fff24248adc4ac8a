"""Rows to fit on and rows to score on while parameters are chosen.

With several origins this is rolling-origin evaluation (Tashman, "Out-of-sample tests of forecasting
accuracy", 2000): each fold is fitted on what lies before its origin and scored on the period after.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.errors import UserError
from homestead.problem.answers.metrics import problem_metric
from homestead.problem.encoding import target_values
from homestead.problem.model_metrics.table import MetricValue
from homestead.problem.schema import Problem
from homestead.problem.sections.split import TimeSplit
from homestead.problem.split import (
    SPLIT_COLUMN,
    TRAIN,
    VALIDATION,
    required_timestamp,
    split_times,
)


@dataclass(frozen=True)
class Fold:
    """Which rows of the training set a fold is fitted on and scored on, each of shape (rows,)."""

    fitted: np.ndarray
    scored: np.ndarray


def rows_of(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return some rows of an array: a view if they follow each other, as in a split by time.

    Args:
        values: (rows, …).
        rows: which ones, (rows,) booleans.
    """
    first, count = int(rows.argmax()) if len(rows) else 0, int(np.count_nonzero(rows))
    if rows[first : first + count].all():
        return values[first : first + count]
    return np.asarray(values[rows])


def search_folds(dataset: pd.DataFrame, problem: Problem) -> list[Fold]:
    """Return the folds, the newest first, which is train and validation as the split says.

    Args:
        dataset: rows with a target and their column ``split``.
        problem: with what is learnt from train.

    Raises:
        UserError: a fold has no rows to fit on or to score on, no row of a class to fit on, or no
            value of the problem's metric.
    """
    folds = _split_folds(dataset, problem)
    y = target_values(dataset, problem)
    for fold in folds:
        _require_scorable(problem, y[fold.fitted], y[fold.scored])
    return folds


def _split_folds(dataset: pd.DataFrame, problem: Problem) -> list[Fold]:
    parts = dataset[SPLIT_COLUMN].to_numpy()
    newest = Fold(parts == TRAIN, parts == VALIDATION)
    for part, rows in ((TRAIN, newest.fitted), (VALIDATION, newest.scored)):
        if not rows.any():
            raise UserError(f"split: no rows in {part}; see 'split' in the problem file")
    split = problem.split
    if not isinstance(split, TimeSplit) or split.origins == 1:
        return [newest]
    times = dataset[required_timestamp(problem)].to_numpy("datetime64[us]")
    newest_origin, holdout_from = split_times(times, split)
    period = holdout_from - newest_origin
    origins = [newest_origin - number * period for number in range(1, split.origins)]
    earlier = [
        Fold(times < origin, (times >= origin) & (times < origin + period)) for origin in origins
    ]
    for origin, fold in zip(origins, earlier, strict=True):
        if not (fold.fitted.any() and fold.scored.any()):
            side = "before" if not fold.fitted.any() else "in the period after"
            raise UserError(
                f"split.origins: found {split.origins}, but the fold of origin {origin} has no"
                f" rows {side} it; allowed are fewer origins, or a later validation_from, which"
                " makes the periods shorter"
            )
    return [newest, *earlier]


def _require_scorable(problem: Problem, fitted: np.ndarray, scored: np.ndarray) -> None:
    """Raise if a class has no row to fit on, or the metric no value; of targets, (rows,)."""
    for code, label in enumerate(problem.classes):
        if code not in fitted:
            raise UserError(
                f"target {problem.target}: class {label!r} has no row in train, and"
                f" {np.count_nonzero(scored == code)} in validation; see 'split'"
            )
    metric = problem_metric(problem)
    if reason := metric.undefined(scored):
        raise UserError(
            f"metric: {metric.name} has no value on the validation rows, so that no candidate can"
            f" be chosen by it: {reason}; choose another metric, or see 'split'"
        )


def mean_values(folds: Sequence[Mapping[str, MetricValue]]) -> dict[str, MetricValue]:
    """Return the mean of each metric over folds; one that a fold has no value of has none."""
    means = {}
    for name, value in folds[0].items():
        values = [fold[name].value for fold in folds]
        undefined = next((fold[name].undefined for fold in folds if fold[name].undefined), "")
        known = [value for value in values if value is not None]
        if len(folds) == 1:
            means[name] = value
        elif len(known) < len(values):
            means[name] = MetricValue(None, undefined)
        else:
            means[name] = MetricValue(float(np.mean(known)))
    return means

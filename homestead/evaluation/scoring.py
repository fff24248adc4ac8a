"""Scores on the holdout: metrics with bootstrap intervals, and the difference of two models."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.evaluation.bootstrap import bootstrap, percentile_interval
from homestead.evaluation.certificate import Comparison, Estimate
from homestead.evaluation.certificate_parts import Holdout
from homestead.problem.answers.metrics import problem_metrics
from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.model_metrics.table import MetricValue, score
from homestead.problem.schema import Problem
from homestead.problem.split import describe_split


@dataclass(frozen=True)
class ModelScore:
    """A model's metrics on the holdout.

    Attributes:
        estimates: value and interval by metric, the problem's own metric first.
        resampled: by metric the values under each resample, shape (resamples,).
    """

    estimates: Mapping[str, Estimate]
    resampled: Mapping[str, np.ndarray]


def score_models(
    problem: Problem,
    y: np.ndarray,
    predictions: Sequence[np.ndarray | Predictions],
    seed: int,
    weights: np.ndarray | None = None,
) -> list[ModelScore]:
    """Score several models under the same resamples of the rows.

    Args:
        y: target values of shape (rows,), or class codes.
        predictions: of each model, shape (rows,), or probabilities of shape (rows, classes).
        weights: how much each row counts, shape (rows,); by default all alike.
    """
    metrics = problem_metrics(problem)
    resampled = bootstrap(metrics, y, predictions, seed, weights)
    scores = []
    for model, prediction in enumerate(predictions):
        of_model = {name: values[model] for name, values in resampled.items()}
        values = score(metrics, y, prediction, weights)
        scores.append(ModelScore(_estimates(problem, values, of_model), of_model))
    return scores


def _estimates(
    problem: Problem, values: Mapping[str, MetricValue], resampled: Mapping[str, np.ndarray]
) -> dict[str, Estimate]:
    estimates = {}
    for name in sorted(values, key=lambda metric: metric != problem.metric):
        value, reason = values[name].value, values[name].undefined
        low, high = None, None
        if value is not None:
            low, high = _interval(resampled[name], problem)
        estimates[name] = Estimate(value=value, low=low, high=high, undefined=reason)
    return estimates


def _interval(resampled: np.ndarray, problem: Problem) -> tuple[float, float] | tuple[None, None]:
    return percentile_interval(resampled, problem.gate.confidence) or (None, None)


def compare_scores(problem: Problem, winner: ModelScore, other: ModelScore) -> Comparison | None:
    """Return the difference of the problem's metric, winner less other, with its paired interval.

    None if the metric has no value for one of them.
    """
    metric = problem.metric
    ours, theirs = winner.estimates[metric].value, other.estimates[metric].value
    if ours is None or theirs is None:
        return None
    # Not finite where both are infinite.
    with np.errstate(invalid="ignore"):
        low, high = _interval(winner.resampled[metric] - other.resampled[metric], problem)
    return Comparison(metric=metric, difference=ours - theirs, low=low, high=high)


def describe_holdout(holdout: pd.DataFrame, problem: Problem) -> Holdout:
    """Return what identifies the holdout's rows."""
    row_hashes = pd.util.hash_pandas_object(holdout, index=False).to_numpy()
    times = None if problem.timestamp is None else holdout[problem.timestamp]
    return Holdout(
        hash=hashlib.sha256(row_hashes.tobytes()).hexdigest(),
        rows=len(holdout),
        first="" if times is None else str(times.min()),
        last="" if times is None else str(times.max()),
        chosen=describe_split(problem.split),
    )

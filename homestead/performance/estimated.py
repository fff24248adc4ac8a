"""Metrics of served rows without their labels, with intervals.

Classification: each row counts once as each class, weighted by the calibrated probability of that
class, in the metrics' own formulas (confidence-based performance estimation). Resamples draw each
row's class by those probabilities; their spread is what chance makes of these rows.

Regression: a model of the loss, fitted on validation rows, gives the expected loss of each row.

Both intervals are widened by what is not known of the validation rows: ``sqrt(1 + rows /
validation rows)`` times the spread. They hold while the inputs alone have changed. That the
relation between inputs and target has changed is not visible to either.

A metric that reads scores ranks rows by the probabilities that the model answered with, not by the
calibrated ones, which may make many scores equal.
"""

from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np

from homestead.evaluation.bootstrap import percentile_interval
from homestead.model.performance_model import LossModel, PerformanceModel
from homestead.performance.measured import UncertainFigure
from homestead.performance.report import Figure
from homestead.performance.served_rows import ANSWERED_CLASS_ONLY, ServedRows
from homestead.problem.model_metrics.predictions import Predictions
from homestead.problem.model_metrics.table import ModelMetric

_RESAMPLES = 400
# The spread of more rows is that of about so many, every n-th group, and narrower by the root.
_MAX_DRAWN_ROWS = 2000
# Row weights held in memory at a time (16 MB).
_MAX_WEIGHTS = 2_000_000
NOT_KEPT = (
    "nothing was learnt for estimates when this version was trained; versions trained from now on"
    " have it"
)
_NO_LOSS = (
    "estimated are the mean absolute error and the problem's own metric, if it is a mean of losses"
)


def estimate(
    metrics: Sequence[ModelMetric],
    rows: ServedRows,
    learnt: PerformanceModel | None,
    confidence: float,
    promised: Mapping[str, Figure] | None = None,
    seed: int = 0,
) -> dict[str, UncertainFigure]:
    """Return estimated metrics of rows by name.

    Args:
        rows: answered rows, at least one.
        learnt: from training; None if the version has none.
        promised: from the certificate; where the estimate on its holdout is known too, their
            difference is added, so that the estimate of rows like the holdout is the promise.
        seed: of the resamples.
    """
    reason = NOT_KEPT if learnt is None else learnt.undefined
    if learnt is None or reason:
        return {metric.name: _none(rows, reason) for metric in metrics}
    if rows.predictions.labels is None:
        losses = {loss.metric: loss for loss in learnt.losses}
        found = {
            metric.name: _of_losses(losses[metric.name], rows, learnt, confidence)
            if metric.name in losses
            else _none(rows, _NO_LOSS)
            for metric in metrics
        }
    else:
        found = _of_classes(metrics, rows, learnt, confidence, seed)
    return {
        metric.name: _corrected(
            found[metric.name],
            metric,
            learnt.on_holdout.get(metric.name),
            (promised or {}).get(metric.name),
        )
        for metric in metrics
    }


def estimated_values(
    metrics: Sequence[ModelMetric], rows: ServedRows, learnt: PerformanceModel
) -> dict[str, float]:
    """Return the estimates alone by metric, as they are before any correction."""
    if learnt.undefined:
        return {}
    if rows.predictions.labels is None:
        inputs = rows.matrix(learnt.features)
        means = {
            loss.metric: (loss, loss.expected_losses(inputs, rows.predictions.values).mean())
            for loss in learnt.losses
        }
        values = {
            name: float(np.sqrt(mean) if loss.is_squared else mean)
            for name, (loss, mean) in means.items()
        }
    else:
        calibrated, y, of_scores = _as_each_class(rows, learnt)
        possible = _possible_metrics(metrics, rows)
        found = _evaluated(possible, y, of_scores, calibrated.T.reshape(1, -1))
        values = {name: float(value[0]) for name, value in found.items()}
    return {name: value for name, value in values.items() if np.isfinite(value)}


def _none(rows: ServedRows, reason: str) -> UncertainFigure:
    return UncertainFigure(Figure(value=None, rows=len(rows), undefined=reason), None, 0)


def _of_losses(
    model: LossModel, rows: ServedRows, learnt: PerformanceModel, confidence: float
) -> UncertainFigure:
    expected = model.expected_losses(rows.matrix(learnt.features), rows.predictions.values)
    mean = float(expected.mean())
    # Of the losses of these rows around their expectation, and of the expectation itself.
    by_group = np.bincount(rows.groups, expected)
    of_rows = model.noise * float(np.sqrt((by_group**2).sum())) / len(rows)
    of_model = mean * model.scale_error / model.scale if model.scale else 0.0
    error = float(np.hypot(of_rows, of_model))
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    value, low, high = mean, max(0.0, mean - z * error), mean + z * error
    if model.is_squared:
        value, low, high = (float(np.sqrt(squared)) for squared in (value, low, high))
        error = error / (2 * value) if value else 0.0
    figure = Figure(value=value, low=low, high=high, rows=len(rows))
    return UncertainFigure(figure, error, rows.group_count)


def _of_classes(
    metrics: Sequence[ModelMetric],
    rows: ServedRows,
    learnt: PerformanceModel,
    confidence: float,
    seed: int,
) -> dict[str, UncertainFigure]:
    calibrated, y, of_scores = _as_each_class(rows, learnt)
    count, classes = calibrated.shape
    possible = _possible_metrics(metrics, rows)
    expected = _evaluated(possible, y, of_scores, calibrated.T.reshape(1, -1))
    some = rows
    if count > _MAX_DRAWN_ROWS:
        some = rows.rows(rows.groups % -(-count // _MAX_DRAWN_ROWS) == 0)
        calibrated, y, of_scores = _as_each_class(some, learnt)
    drawn: dict[str, list[np.ndarray]] = {metric.name: [] for metric in possible}
    rng = np.random.default_rng(seed)
    block = max(1, _MAX_WEIGHTS // (len(some) * classes))
    for start in range(0, _RESAMPLES, block):
        size = min(block, _RESAMPLES - start)
        weights = _drawn_classes(calibrated, some.groups, size, rng)
        for name, values in _evaluated(possible, y, of_scores, weights).items():
            drawn[name].append(values)
    widened = float(np.sqrt(len(some) / count * (1 + count / learnt.rows)))
    figures = {
        name: _with_interval(
            float(values[0]), np.concatenate(drawn[name]), rows, confidence, widened
        )
        for name, values in expected.items()
    }
    unknown = {m.name: _none(rows, ANSWERED_CLASS_ONLY) for m in metrics if m not in possible}
    return {metric.name: (figures | unknown)[metric.name] for metric in metrics}


def _as_each_class(
    rows: ServedRows, learnt: PerformanceModel
) -> tuple[np.ndarray, np.ndarray, Predictions]:
    """Return calibrated probabilities, and the rows once as each class: all as 0, all as 1, ...

    The predictions stay as they were answered: a metric of probabilities measures those.
    """
    scores = rows.predictions
    calibrated = scores.values
    if learnt.calibration is not None:
        calibrated = learnt.calibration.apply(calibrated)
    count, classes = calibrated.shape
    y = np.repeat(np.arange(classes), count)
    labels = np.tile(scores.codes, classes)
    return calibrated, y, Predictions(np.tile(scores.values, (classes, 1)), labels)


def _possible_metrics(metrics: Sequence[ModelMetric], rows: ServedRows) -> list[ModelMetric]:
    """Return those that can be estimated: of the answered class alone only the accuracy."""
    return [m for m in metrics if rows.has_probabilities or m.name == "accuracy"]


def _evaluated(
    metrics: Sequence[ModelMetric], y: np.ndarray, predictions: Predictions, weights: np.ndarray
) -> dict[str, np.ndarray]:
    with np.errstate(all="ignore"):
        return {metric.name: metric.evaluate(y, predictions, weights) for metric in metrics}


def _drawn_classes(
    probabilities: np.ndarray, groups: np.ndarray, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Return weights of 1 for each row's drawn class, (size, classes * rows).

    Rows of one group share the random number: one entity has one outcome.
    """
    count, classes = probabilities.shape
    numbers = rng.random((size, int(groups.max()) + 1))[:, groups]
    upper = probabilities.cumsum(axis=1)
    drawn = np.zeros((size, count), dtype=np.int64)
    for code in range(classes - 1):
        drawn += numbers >= upper[:, code]
    return np.concatenate([drawn == code for code in range(classes)], axis=1).astype(float)


def _with_interval(
    value: float, drawn: np.ndarray, rows: ServedRows, confidence: float, widened: float
) -> UncertainFigure:
    if not np.isfinite(value):
        return _none(rows, f"all {len(rows)} rows are expected to be of one class")
    interval = percentile_interval(drawn, confidence)
    if interval is None or rows.group_count < 2:
        figure = Figure(value=value, rows=len(rows))
        return UncertainFigure(figure, None, rows.group_count)
    finite = drawn[np.isfinite(drawn)]
    low, high = (value + widened * (end - float(finite.mean())) for end in interval)
    figure = Figure(value=value, low=low, high=high, rows=len(rows))
    return UncertainFigure(figure, widened * float(finite.std()), rows.group_count)


def _corrected(
    found: UncertainFigure, metric: ModelMetric, on_holdout: float | None, promised: Figure | None
) -> UncertainFigure:
    """Return the figure with what was missed on the holdout added, within the metric's bounds."""
    figure = found.figure
    if figure.value is None or on_holdout is None or promised is None or promised.value is None:
        return found
    missed = promised.value - on_holdout
    ends = (("value", figure.value), ("low", figure.low), ("high", figure.high))
    shifted = {name: None if v is None else _possible(metric, v + missed) for name, v in ends}
    return UncertainFigure(figure.model_copy(update=shifted), found.error, found.groups)


def _possible(metric: ModelMetric, value: float) -> float:
    # The best value is 1 where higher is better, and 0 of every loss.
    return min(value, 1.0) if metric.higher_is_better else max(value, 0.0)

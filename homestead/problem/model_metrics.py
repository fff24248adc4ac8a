"""The one table of model metrics: direction, title, unit and formula of each.

Not to be confused with the Prometheus metrics of :mod:`homestead.monitoring.metric_catalog`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

Task = Literal["regression", "classification"]
Formula = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class MetricValue:
    """A metric of some rows, or in words why it has no value there, with the number of rows."""

    value: float | None
    undefined: str = ""


@dataclass(frozen=True)
class ModelMetric:
    """A measure of how good predictions are.

    Attributes:
        name: as in problem files and certificates.
        title: as in reports.
        unit: ``share`` (reports show a percentage), ``target`` (the target's unit) or none.
        formula: values of shape (weightings,) from targets ``y`` of shape (rows,), predictions of
            shape (rows,) or probabilities of shape (rows, classes), and row weights of shape
            (weightings, rows), for example how often each row was drawn. Weights make a value and
            its bootstrap one definition. A class metric takes ``y`` as class codes (int).
        undefined: returns why targets of shape (rows,) have no value; empty if they have one.
        best_constant: the statistic of a numeric target that scores best of all constants.
    """

    name: str
    task: Task
    higher_is_better: bool
    title: str
    unit: Literal["share", "target", ""]
    formula: Formula
    undefined: Callable[[np.ndarray], str] = lambda y: ""
    best_constant: Literal["median", "mean"] = "median"

    def measure(self, y: np.ndarray, prediction: np.ndarray) -> MetricValue:
        """Return the metric of all rows, each counted once, or why it has no value."""
        if reason := self.undefined(y) or _not_finite(prediction):
            return MetricValue(None, reason)
        with np.errstate(over="ignore", invalid="ignore"):
            value = float(self.formula(y, prediction, np.ones((1, len(y))))[0])
        if not np.isfinite(value):
            return MetricValue(None, f"predictions up to {prediction.max():.1e} exceed its formula")
        return MetricValue(value)

    def order(self, value: float | None) -> float:
        """Return a sort key: the best value first, no value last."""
        return np.inf if value is None else self.loss(value)

    def loss(self, value: float) -> float:
        """Return the value with the sign that makes smaller better."""
        return -value if self.higher_is_better else value

    def meets(self, value: float, limit: float) -> bool:
        """Return whether a value is as good as a limit, or better."""
        return bool(value >= limit if self.higher_is_better else value <= limit)


def _not_finite(prediction: np.ndarray) -> str:
    finite = np.isfinite(prediction).reshape(len(prediction), -1).all(axis=1)
    if finite.all():
        return ""
    return f"{(~finite).sum()} of {len(prediction)} predictions are not finite numbers"


def _zero_targets(y: np.ndarray) -> str:
    zeros = int((y == 0).sum())
    return f"the target is 0 in {zeros} of {len(y)} rows" if zeros else ""


def _equal_targets(y: np.ndarray) -> str:
    return f"the target is the same in all {len(y)} rows" if y.min() == y.max() else ""


def _one_class(y: np.ndarray) -> str:
    return f"all {len(y)} rows are of one class" if y.min() == y.max() else ""


def _mape(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(weights @ np.abs((prediction - y) / y) / weights.sum(axis=1))


def _mae(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(weights @ np.abs(prediction - y) / weights.sum(axis=1))


def _rmse(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(weights @ (prediction - y) ** 2 / weights.sum(axis=1)))


def _r2(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    squares = weights @ (prediction - y) ** 2
    centred = y - y.mean()
    uncorrected = weights @ centred**2
    spread = uncorrected - (weights @ centred) ** 2 / weights.sum(axis=1)
    # A spread this small is rounding error of equal targets: there is nothing to explain.
    return np.asarray(1 - squares / np.where(spread > 1e-12 * uncorrected, spread, np.nan))


def _log_loss(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    y = y.astype(int)
    of_actual_class = np.clip(prediction[np.arange(len(y)), y], 1e-15, 1.0)
    return np.asarray(weights @ -np.log(of_actual_class) / weights.sum(axis=1))


def _roc_auc(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    y = y.astype(int)
    # Both classes of a binary problem have the same area: one is enough.
    classes = [1] if prediction.shape[1] == 2 else np.unique(y)
    areas = [_area_under_curve(y == label, prediction[:, label], weights) for label in classes]
    return np.asarray(np.mean(areas, axis=0))


def _accuracy(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    correct = prediction.argmax(axis=1) == y.astype(int)
    return np.asarray(weights @ correct / weights.sum(axis=1))


def _f1(y: np.ndarray, prediction: np.ndarray, weights: np.ndarray) -> np.ndarray:
    y, predicted = y.astype(int), prediction.argmax(axis=1)
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


MODEL_METRICS: Mapping[str, ModelMetric] = MappingProxyType(
    {
        metric.name: metric
        for metric in (
            ModelMetric(
                name="mape",
                task="regression",
                higher_is_better=False,
                title="mean absolute percentage error",
                unit="share",
                formula=_mape,
                undefined=_zero_targets,
            ),
            ModelMetric(
                name="mae",
                task="regression",
                higher_is_better=False,
                title="mean absolute error",
                unit="target",
                formula=_mae,
            ),
            ModelMetric(
                name="rmse",
                task="regression",
                higher_is_better=False,
                title="root mean squared error",
                unit="target",
                formula=_rmse,
                best_constant="mean",
            ),
            ModelMetric(
                name="r2",
                task="regression",
                higher_is_better=True,
                title="R², explained variance",
                unit="",
                formula=_r2,
                undefined=_equal_targets,
                best_constant="mean",
            ),
            ModelMetric(
                name="log_loss",
                task="classification",
                higher_is_better=False,
                title="log loss",
                unit="",
                formula=_log_loss,
            ),
            ModelMetric(
                name="roc_auc",
                task="classification",
                higher_is_better=True,
                title="area under the ROC curve",
                unit="",
                formula=_roc_auc,
                undefined=_one_class,
            ),
            ModelMetric(
                name="accuracy",
                task="classification",
                higher_is_better=True,
                title="accuracy",
                unit="share",
                formula=_accuracy,
            ),
            ModelMetric(
                name="f1",
                task="classification",
                higher_is_better=True,
                title="F1, mean over classes",
                unit="",
                formula=_f1,
            ),
        )
    }
)


def metrics_of(task: str) -> tuple[ModelMetric, ...]:
    """Return the metrics of a task, in the order of the table."""
    return tuple(metric for metric in MODEL_METRICS.values() if metric.task == task)


def score(task: str, y: np.ndarray, prediction: np.ndarray) -> dict[str, MetricValue]:
    """Return every metric of the task, by name.

    Args:
        y: target values of shape (rows,), or class codes.
        prediction: shape (rows,), or probabilities of shape (rows, classes).
    """
    return {metric.name: metric.measure(y, prediction) for metric in metrics_of(task)}

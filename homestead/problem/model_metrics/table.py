"""The one table of model metrics: direction, title, unit and formula of each.

Not to be confused with the Prometheus metrics of :mod:`homestead.monitoring.metric_catalog`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from homestead.problem.model_metrics import formulas

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
                formula=formulas.mape,
                undefined=_zero_targets,
            ),
            ModelMetric(
                name="mae",
                task="regression",
                higher_is_better=False,
                title="mean absolute error",
                unit="target",
                formula=formulas.mae,
            ),
            ModelMetric(
                name="rmse",
                task="regression",
                higher_is_better=False,
                title="root mean squared error",
                unit="target",
                formula=formulas.rmse,
                best_constant="mean",
            ),
            ModelMetric(
                name="r2",
                task="regression",
                higher_is_better=True,
                title="R², explained variance",
                unit="",
                formula=formulas.r2,
                undefined=_equal_targets,
                best_constant="mean",
            ),
            ModelMetric(
                name="log_loss",
                task="classification",
                higher_is_better=False,
                title="log loss",
                unit="",
                formula=formulas.log_loss,
            ),
            ModelMetric(
                name="roc_auc",
                task="classification",
                higher_is_better=True,
                title="area under the ROC curve",
                unit="",
                formula=formulas.roc_auc,
                undefined=_one_class,
            ),
            ModelMetric(
                name="accuracy",
                task="classification",
                higher_is_better=True,
                title="accuracy",
                unit="share",
                formula=formulas.accuracy,
            ),
            ModelMetric(
                name="f1",
                task="classification",
                higher_is_better=True,
                title="F1, mean over classes",
                unit="",
                formula=formulas.f1,
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

"""The one table of model metrics: direction, title, unit and formula of each.

Not to be confused with the Prometheus metrics of :mod:`homestead.monitoring.metric_catalog`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from homestead.problem.model_metrics import formulas
from homestead.problem.model_metrics.predictions import Predictions, as_predictions

Task = Literal["regression", "classification"]
Answers = np.ndarray | Predictions
Formula = Callable[..., np.ndarray]


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
        formula: values of shape (weightings,) from targets ``y`` of shape (rows,), what it
            ``reads``, and row weights of shape (weightings, rows), for example how often each row
            was drawn. Weights make a value and its bootstrap one definition. A class metric takes
            ``y`` as class codes (int).
        reads: predictions of shape (rows,) or probabilities of shape (rows, classes), or else the
            answered class codes of shape (rows,).
        parameter: key of the problem that the formula takes as an argument; empty for none.
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
    reads: Literal["values", "labels"] = "values"
    parameter: Literal["costs", "quantile", ""] = ""

    def evaluate(self, y: np.ndarray, prediction: Answers, weights: np.ndarray) -> np.ndarray:
        """Return the formula's values, shape (weightings,), which may not be finite."""
        answers = as_predictions(prediction)
        read = answers.codes if self.reads == "labels" else answers.values
        return self.formula(y, read, weights)

    def measure(
        self, y: np.ndarray, prediction: Answers, weights: np.ndarray | None = None
    ) -> MetricValue:
        """Return the metric of all rows, or why it has no value.

        Args:
            weights: how much each row counts, shape (rows,); by default all alike.
        """
        answers = as_predictions(prediction)
        if reason := self.undefined(y) or answers.not_finite:
            return MetricValue(None, reason)
        weights = np.ones(len(y)) if weights is None else weights
        if not weights.sum() > 0:
            return MetricValue(None, f"all {len(y)} rows have the weight 0")
        with np.errstate(over="ignore", invalid="ignore"):
            value = float(self.evaluate(y, answers, weights[None])[0])
        if not np.isfinite(value):
            largest = answers.values.max()
            return MetricValue(None, f"predictions up to {largest:.1e} exceed its formula")
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
                name="quantile_loss",
                task="regression",
                higher_is_better=False,
                title="quantile (pinball) loss",
                unit="target",
                formula=formulas.quantile_loss,
                parameter="quantile",
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
                name="pr_auc",
                task="classification",
                higher_is_better=True,
                title="average precision, area under the precision-recall curve",
                unit="",
                formula=formulas.pr_auc,
                undefined=_one_class,
            ),
            ModelMetric(
                name="accuracy",
                task="classification",
                higher_is_better=True,
                title="accuracy",
                unit="share",
                formula=formulas.accuracy,
                reads="labels",
            ),
            ModelMetric(
                name="balanced_accuracy",
                task="classification",
                higher_is_better=True,
                title="balanced accuracy, mean recall over classes",
                unit="share",
                formula=formulas.balanced_accuracy,
                reads="labels",
            ),
            ModelMetric(
                name="f1",
                task="classification",
                higher_is_better=True,
                title="F1, mean over classes",
                unit="",
                formula=formulas.f1,
                reads="labels",
            ),
            ModelMetric(
                name="cost",
                task="classification",
                higher_is_better=False,
                title="mean cost of a row",
                unit="",
                formula=formulas.cost,
                reads="labels",
                parameter="costs",
            ),
        )
    }
)


def metrics_of(task: str) -> tuple[ModelMetric, ...]:
    """Return the metrics of a task that need nothing else, in the order of the table."""
    metrics = MODEL_METRICS.values()
    return tuple(metric for metric in metrics if metric.task == task and not metric.parameter)


def score(
    metrics: Iterable[ModelMetric],
    y: np.ndarray,
    prediction: Answers,
    weights: np.ndarray | None = None,
) -> dict[str, MetricValue]:
    """Return the metrics by name.

    Args:
        y: target values of shape (rows,), or class codes.
        prediction: shape (rows,), or probabilities of shape (rows, classes).
        weights: see :meth:`ModelMetric.measure`.
    """
    return {metric.name: metric.measure(y, prediction, weights) for metric in metrics}

"""The metrics of a problem: those of its task, and those that its own keys define."""

from dataclasses import replace
from functools import partial

import numpy as np

from homestead.problem.model_metrics.table import MODEL_METRICS, ModelMetric, metrics_of
from homestead.problem.sections.fields import ProblemFields
from homestead.problem.target import class_label, target_classes


def problem_metrics(problem: ProblemFields) -> tuple[ModelMetric, ...]:
    """Return the metrics that a problem's models are measured by, the problem's own among them."""
    metrics = metrics_of(problem.task)
    if problem.quantile is not None:
        metrics += (_bound("quantile_loss", quantile=problem.quantile),)
    if problem.costs is not None:
        metrics += (_bound("cost", costs=cost_matrix(problem)),)
    return metrics


def problem_metric(problem: ProblemFields) -> ModelMetric:
    """Return the metric that a problem's candidates are chosen by."""
    return next(metric for metric in problem_metrics(problem) if metric.name == problem.metric)


def cost_matrix(problem: ProblemFields) -> np.ndarray:
    """Return the cost of each actual class (row) that is answered as another (column)."""
    classes = target_classes(problem)
    matrix = np.zeros((len(classes), len(classes)))
    for actual, by_answer in (problem.costs or {}).items():
        for answer, cost in by_answer.items():
            labels = [class_label(name, classes) for name in (actual, answer)]
            matrix[classes.index(labels[0]), classes.index(labels[1])] = cost
    return matrix


def _bound(name: str, **arguments: object) -> ModelMetric:
    metric = MODEL_METRICS[name]
    return replace(metric, formula=partial(metric.formula, **arguments))

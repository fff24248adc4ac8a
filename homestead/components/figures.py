"""Figures in the artifacts that Kubeflow's pages draw."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from homestead.evaluation.holdout_figures import HoldoutFigures, finite_values

if TYPE_CHECKING:
    from kfp.dsl import ClassificationMetrics, Metrics


def log_metrics(artifact: "Metrics", values: Mapping[str, float | None]) -> None:
    """Write metrics into the artifact; one without a value is left out."""
    for name, value in finite_values(values).items():
        artifact.log_metric(name, value)


def log_classification(artifact: "ClassificationMetrics", figures: HoldoutFigures) -> None:
    """Write the confusion matrix and the ROC curve into the artifact, if there are any."""
    if figures.confusion is not None:
        artifact.log_confusion_matrix(list(figures.confusion.classes), figures.confusion.counts)
    if figures.roc is not None:
        roc = figures.roc
        artifact.log_roc_curve(roc.false_positive_rates, roc.true_positive_rates, roc.thresholds)

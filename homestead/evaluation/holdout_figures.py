"""Figures of an evaluation for pages that draw them: metrics, confusion matrix, ROC curve."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from homestead.evaluation.gate import Evaluation
from homestead.problem.schema import Problem

# They become metadata of an artifact, which is no place for a million numbers.
_MAX_CLASSES = 50
_MAX_ROC_POINTS = 100


@dataclass(frozen=True)
class ConfusionMatrix:
    """Rows of the holdout by actual class (row) and answered class (column)."""

    classes: tuple[str, ...]
    counts: list[list[int]]


@dataclass(frozen=True)
class RocCurve:
    """ROC curve of the second of two classes, from no false positive to all."""

    false_positive_rates: list[float]
    true_positive_rates: list[float]
    thresholds: list[float]


@dataclass(frozen=True)
class HoldoutFigures:
    """Figures of the winner on the holdout, and metrics of what it was compared with.

    Attributes:
        metrics: finite values only, by ``winner_<metric>``, ``champion_<metric>`` and
            ``baseline_<metric>``.
        confusion: None for regression, and for more than 50 classes.
        roc: None unless the holdout has rows of exactly two classes, of two.
    """

    metrics: dict[str, float]
    confusion: ConfusionMatrix | None = None
    roc: RocCurve | None = None


def holdout_figures(evaluation: Evaluation, problem: Problem) -> HoldoutFigures:
    """Return the figures of an evaluation."""
    certificate, predictions = evaluation.certificate, evaluation.predictions
    metrics: dict[str, float] = {}
    for role, model in (("winner", certificate.winner), ("champion", certificate.champion)):
        estimates = {} if model is None else model.metrics
        values = {name: estimate.value for name, estimate in estimates.items()}
        metrics |= {f"{role}_{name}": value for name, value in finite_values(values).items()}
    baseline = finite_values(certificate.baseline or {})
    metrics |= {f"baseline_{name}": value for name, value in baseline.items()}
    classes = problem.classes
    if not classes:
        return HoldoutFigures(metrics)
    actual, probabilities = predictions.actual.astype(int), predictions.winner
    labels = predictions.models[0].codes
    is_binary = len(classes) == len(np.unique(actual)) == 2
    return HoldoutFigures(
        metrics,
        _confusion(actual, labels, classes) if len(classes) <= _MAX_CLASSES else None,
        _roc(actual, probabilities[:, 1]) if is_binary else None,
    )


def finite_values(values: Mapping[str, float | None]) -> dict[str, float]:
    """Return the values that are numbers; a metric without a value is left out."""
    return {
        name: float(value)
        for name, value in values.items()
        if value is not None and math.isfinite(value)
    }


def _confusion(actual: np.ndarray, labels: np.ndarray, classes: tuple[str, ...]) -> ConfusionMatrix:
    counts = np.zeros((len(classes), len(classes)), dtype=int)
    np.add.at(counts, (actual, labels), 1)
    return ConfusionMatrix(classes, counts.tolist())


def _roc(actual: np.ndarray, scores: np.ndarray) -> RocCurve:
    from sklearn.metrics import roc_curve

    false_positives, true_positives, thresholds = roc_curve(actual, scores)
    # The curve starts at a threshold above all scores, which scikit-learn calls infinite.
    thresholds[0] = max(1.0, float(scores.max()))
    count = min(len(thresholds), _MAX_ROC_POINTS)
    points = np.unique(np.linspace(0, len(thresholds) - 1, count).round().astype(int))
    return RocCurve(
        false_positives[points].tolist(),
        true_positives[points].tolist(),
        thresholds[points].tolist(),
    )

"""Formulas of the model metrics, against scikit-learn, and their weights."""

import numpy as np
import pytest
from sklearn import metrics

from homestead.problem.model_metrics.table import (
    MODEL_METRICS,
    MetricValue,
    ModelMetric,
    metrics_of,
    score,
)


def values(scores: dict[str, MetricValue]) -> dict[str, float | None]:
    return {name: measured.value for name, measured in scores.items()}


def test_regression_metrics_agree_with_scikit_learn() -> None:
    draw = np.random.default_rng(2)
    y, prediction = draw.uniform(1, 9, 50), draw.uniform(1, 9, 50)
    assert values(score(metrics_of("regression"), y, prediction)) == pytest.approx(
        {
            "mape": metrics.mean_absolute_percentage_error(y, prediction),
            "mae": metrics.mean_absolute_error(y, prediction),
            "rmse": metrics.root_mean_squared_error(y, prediction),
            "r2": metrics.r2_score(y, prediction),
        }
    )


def test_classification_metrics_agree_with_scikit_learn() -> None:
    draw = np.random.default_rng(2)
    y, probabilities = draw.integers(0, 3, 50), draw.dirichlet([1, 1, 1], 50)
    predicted = probabilities.argmax(axis=1)
    assert values(score(metrics_of("classification"), y, probabilities)) == pytest.approx(
        {
            "log_loss": metrics.log_loss(y, probabilities),
            "roc_auc": metrics.roc_auc_score(y, probabilities, multi_class="ovr"),
            "pr_auc": np.mean(
                [metrics.average_precision_score(y == k, probabilities[:, k]) for k in range(3)]
            ),
            "accuracy": metrics.accuracy_score(y, predicted),
            "balanced_accuracy": metrics.balanced_accuracy_score(y, predicted),
            "f1": metrics.f1_score(y, predicted, average="macro"),
        }
    )


def test_the_area_of_two_classes_counts_ties_by_half() -> None:
    draw = np.random.default_rng(3)
    y = draw.integers(0, 2, 50)
    probabilities = np.round(draw.dirichlet([1, 1], 50), 1)
    area = metrics.roc_auc_score(y, probabilities[:, 1])
    assert MODEL_METRICS["roc_auc"].measure(y, probabilities).value == pytest.approx(area)
    precision = metrics.average_precision_score(y, probabilities[:, 1])
    assert MODEL_METRICS["pr_auc"].measure(y, probabilities).value == pytest.approx(precision)


@pytest.mark.parametrize("metric", metrics_of("classification"), ids=lambda metric: metric.name)
def test_a_weight_counts_a_row_several_times(metric: ModelMetric) -> None:
    draw = np.random.default_rng(4)
    y, probabilities = draw.integers(0, 3, 40), draw.dirichlet([1, 1, 1], 40)
    counts = draw.integers(0, 4, 40)
    weighted = metric.evaluate(y, probabilities, counts[None, :].astype(float))
    repeated = metric.measure(y.repeat(counts), probabilities.repeat(counts, axis=0))
    assert weighted == pytest.approx([repeated.value])

"""The table of model metrics: directions and undefined values."""

import numpy as np
import pytest

from homestead.problem.model_metrics.table import (
    MODEL_METRICS,
    MetricValue,
    metrics_of,
    score,
)


@pytest.mark.parametrize(
    ("name", "y", "reason"),
    [
        ("mape", [0.0, 1.0, 0.0], "the target is 0 in 2 of 3 rows"),
        ("r2", [0.1, 0.1, 0.1], "the target is the same in all 3 rows"),
        ("pr_auc", [1, 1], "all 2 rows are of one class"),
        ("roc_auc", [1, 1], "all 2 rows are of one class"),
    ],
)
def test_a_metric_without_a_value_says_why(name: str, y: list[float], reason: str) -> None:
    targets = np.array(y)
    prediction = np.full((len(y), 2), 0.5) if name.endswith("_auc") else targets + 1
    measured = MODEL_METRICS[name].measure(targets, prediction)
    assert (measured.value, measured.undefined) == (None, reason)
    assert MODEL_METRICS[name].order(None) == np.inf
    others = score(metrics_of(MODEL_METRICS[name].task), targets, prediction)
    undefined = {other for other, measured in others.items() if measured.value is None}
    assert undefined | {"pr_auc", "roc_auc"} == {name, "pr_auc", "roc_auc"}


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_predictions_that_are_not_finite_have_no_metric(task: str) -> None:
    y = np.array([1, 2, 1, 2])
    prediction = np.full((4, 3), 1 / 3) if task == "classification" else y.astype(float)
    prediction[1] = np.nan
    for measured in score(metrics_of(task), y, prediction).values():
        assert measured.undefined == "1 of 4 predictions are not finite numbers"


def test_an_overflow_in_a_formula_is_no_value() -> None:
    y = np.array([1.0, 2.0])
    measured = MODEL_METRICS["rmse"].measure(y, y * 1e200)
    assert measured == MetricValue(None, "predictions up to 2.0e+200 exceed its formula")


@pytest.mark.parametrize(
    ("name", "better", "worse"), [("mae", 1.0, 2.0), ("log_loss", 0.1, 0.2), ("r2", 0.9, 0.8)]
)
def test_the_direction_decides_what_is_better(name: str, better: float, worse: float) -> None:
    metric = MODEL_METRICS[name]
    assert metric.loss(better) < metric.loss(worse)
    assert metric.meets(better, limit=worse)
    assert metric.meets(better, limit=better)
    assert not metric.meets(worse, limit=better)

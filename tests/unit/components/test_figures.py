"""Figures in the artifacts that Kubeflow's pages draw: JSON, whatever a metric's value is."""

import json

from kfp.dsl import ClassificationMetrics, Metrics

from homestead.components.figures import log_classification, log_metrics
from homestead.evaluation.holdout_figures import ConfusionMatrix, HoldoutFigures, RocCurve


def test_a_metric_without_a_value_is_left_out() -> None:
    artifact = Metrics()
    log_metrics(artifact, {"mae": 1.5, "mape": float("inf"), "r2": float("nan"), "roc_auc": None})
    assert artifact.metadata == {"mae": 1.5}


def test_regression_has_neither_matrix_nor_curve() -> None:
    artifact = ClassificationMetrics()
    log_classification(artifact, HoldoutFigures({"mae": 1.5}))
    assert artifact.metadata == {}


def test_matrix_and_curve_are_written_as_kubeflow_reads_them() -> None:
    artifact = ClassificationMetrics()
    confusion = ConfusionMatrix(("no", "yes"), [[3, 1], [0, 2]])
    roc = RocCurve([0.0, 1.0], [0.0, 1.0], [1.0, 0.2])
    log_classification(artifact, HoldoutFigures({}, confusion, roc))
    json.dumps(artifact.metadata, allow_nan=False)
    assert artifact.metadata["confusionMatrix"]["rows"] == [{"row": [3, 1]}, {"row": [0, 2]}]
    assert artifact.metadata["confidenceMetrics"][1] == {
        "confidenceThreshold": 0.2,
        "recall": 1.0,
        "falsePositiveRate": 1.0,
    }

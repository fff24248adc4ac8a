"""Evaluate component: the certificate and the comparison page."""

import json
from pathlib import Path

from homestead.components.evaluate.component import evaluate
from tests.components import TrainedHome, run_locally


def test_the_function_certifies_the_first_model(home: TrainedHome) -> None:
    certificate = home.certificate(home.artifact("evaluate", "certificate"))
    assert certificate.decision == "promote"
    assert certificate.champion is None
    assert certificate.holdout.rows == 166
    assert certificate.data_hash == home.parameter("open_run", "data_hash")
    assert certificate.commit == "c0ffee"
    page = home.artifact("evaluate", "comparison").read_text()
    assert "The new model becomes the first champion." in page


def test_kubeflow_gets_figures_and_a_summary(home: TrainedHome) -> None:
    figures = home.outputs["evaluate"].metadata
    metrics = figures["metrics"]
    certificate = home.certificate(home.artifact("evaluate", "certificate"))
    assert metrics["winner_log_loss"] == certificate.winner.metrics["log_loss"].value
    assert certificate.baseline is not None
    assert metrics["baseline_log_loss"] == certificate.baseline["log_loss"]
    matrix = figures["classification"]["confusionMatrix"]
    assert [c["displayName"] for c in matrix["annotationSpecs"]] == ["stayed", "left"]
    assert sum(sum(row["row"]) for row in matrix["rows"]) == 166
    roc = figures["classification"]["confidenceMetrics"]
    assert (roc[0]["recall"], roc[-1]["recall"]) == (0, 1)
    json.dumps(figures, allow_nan=False)
    summary = home.artifact("evaluate", "summary").read_text()
    assert "# churn: The new model becomes the first champion." in summary
    assert f"MLflow run `{home.run_id}`" in summary
    assert "| logistic |" in summary


def test_the_local_runner_keeps_a_champion_that_is_the_same_file(
    home: TrainedHome, tmp_path: Path
) -> None:
    inputs = {
        "winner": home.artifact("select", "winner"),
        "dataset": home.artifact("training_set", "dataset"),
    }
    outputs = run_locally(evaluate, tmp_path, home.candidate(), inputs)
    certificate = home.certificate(outputs.artifacts["certificate"])
    assert certificate.decision == "keep"
    assert certificate.champion is not None
    assert certificate.champion.version == "1"
    assert "The champion keeps its place." in outputs.artifacts["comparison"].read_text()
    metrics = outputs.metadata["metrics"]
    assert metrics["champion_log_loss"] == metrics["winner_log_loss"]

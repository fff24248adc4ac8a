"""Train component: an ONNX file and the summary that later steps read."""

import hashlib
from pathlib import Path

import pytest

from homestead.components.train.component import train
from homestead.training.candidate_summary import CandidateSummary
from tests.components import PIPELINE_RUN, TrainedHome, run_locally
from tests.factories import defined


def test_the_function_writes_the_model_that_the_summary_describes(home: TrainedHome) -> None:
    summary = CandidateSummary.from_json(home.parameter("train"))
    content = home.artifact("train", "model").read_bytes()
    assert hashlib.sha256(content).hexdigest() == summary.digest
    assert 0.4 < defined(summary.validation["log_loss"]) < 0.69
    assert summary.params["C"] == "0.1"
    child = home.client().get_run(summary.run_id)
    assert child.data.tags["mlflow.parentRunId"] == home.run_id
    assert child.data.metrics["validation_log_loss"] == summary.validation["log_loss"]


def test_the_local_runner_gives_the_same_model(home: TrainedHome, tmp_path: Path) -> None:
    parameters = {
        "problem": home.problem,
        "candidate": "logistic",
        "seed": 0,
        "pipeline_run": PIPELINE_RUN,
    }
    dataset = {"dataset": home.artifact("training_set", "dataset")}
    outputs = run_locally(train, tmp_path, parameters, dataset)
    model = home.artifact("train", "model")
    assert outputs.artifacts["model"].read_bytes() == model.read_bytes()
    assert CandidateSummary.from_json(outputs.parameters["Output"]).name == "logistic"


def test_a_pipeline_run_without_a_parent_run_ends_the_step(
    home: TrainedHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = home.handle("training_set", "dataset")
    model = home.handle("train", "model", tmp_path / "model.onnx")
    with pytest.raises(SystemExit):
        train.python_func(home.problem, "logistic", 0, "unknown", dataset, model)
    error = capsys.readouterr().out.splitlines()[-1]
    assert error == "homestead! train logistic: pipeline run unknown: no parent run in MLflow"

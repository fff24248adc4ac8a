"""Train component: an ONNX file, and a result that names nothing of the run."""

import hashlib
import json
from pathlib import Path

from homestead.components.train.component import train
from tests.components import TrainedHome, run_locally


def test_the_function_writes_the_model_that_the_result_describes(home: TrainedHome) -> None:
    result = json.loads(home.artifact("train", "result").read_text())
    content = home.artifact("train", "model").read_bytes()
    assert hashlib.sha256(content).hexdigest() == result["digest"]
    assert result["name"] == "logistic"
    assert result["params"]["C"] == 0.1
    metrics = home.outputs["train"].metadata["metrics"]
    assert 0.4 < metrics["log_loss"] < 0.69


def test_the_local_runner_gives_the_same_files_whatever_the_run(
    home: TrainedHome, tmp_path: Path
) -> None:
    parameters = {"problem": home.problem, "candidate": "logistic", "seed": 0}
    parameters["boosting_workers"] = 0
    dataset = {"dataset": home.artifact("training_set", "dataset")}
    outputs = run_locally(train, tmp_path, parameters, dataset)
    model, result = outputs.artifacts["model"].read_bytes(), outputs.artifacts["result"]
    assert model == home.artifact("train", "model").read_bytes()
    assert home.run_id.encode() not in model + result.read_bytes()
    # All but the time, by which a run knows that another trained it.
    first, second = (
        json.loads(path.read_text()) for path in (home.artifact("train", "result"), result)
    )
    assert first.pop("trained_at") < second.pop("trained_at")
    assert first == second

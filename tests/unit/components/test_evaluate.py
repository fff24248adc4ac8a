"""Evaluate component: the certificate and the comparison page."""

from pathlib import Path

from homestead.components.evaluate.component import evaluate
from homestead.evaluation.certificate import Certificate
from tests.components import TrainedHome, run_locally


def test_the_function_certifies_the_first_model(home: TrainedHome) -> None:
    certificate = Certificate.read(home.artifact("evaluate", "certificate"))
    assert certificate.decision == "promote"
    assert certificate.champion is None
    assert certificate.holdout.rows == 166
    assert certificate.data_hash == home.parameter("ingest", "data_hash")
    assert certificate.commit == "c0ffee"
    page = home.artifact("evaluate", "comparison").read_text()
    assert "The new model becomes the first champion." in page


def test_the_local_runner_keeps_a_champion_that_is_the_same_file(
    home: TrainedHome, tmp_path: Path
) -> None:
    inputs = {
        "winner": home.artifact("select", "winner"),
        "dataset": home.artifact("training_set", "dataset"),
    }
    outputs = run_locally(evaluate, tmp_path, home.candidate(), inputs)
    certificate = Certificate.read(outputs.artifacts["certificate"])
    assert certificate.decision == "keep"
    assert certificate.champion is not None
    assert certificate.champion.version == "1"
    assert "The champion keeps its place." in outputs.artifacts["comparison"].read_text()

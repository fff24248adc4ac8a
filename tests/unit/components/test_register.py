"""Register component: one champion with certificate, model card and snapshot."""

from pathlib import Path

from homestead.components.register.component import register
from homestead.tracking.registry import champion, version_run_id
from tests.components import TrainedHome, run_locally


def test_the_function_registers_the_champion_with_its_documents(home: TrainedHome) -> None:
    assert home.parameter("register") is True
    mlflow = home.client()
    version = champion(mlflow, "churn")
    assert version is not None
    assert version.digest in home.parameter("select")
    documents = mlflow.list_artifacts(version_run_id(mlflow, "churn", version.version))
    names = {document.path for document in documents}
    assert {"certificate.json", "model_card.html", "snapshot.parquet"} <= names
    tags = mlflow.get_model_version("churn", version.version).tags
    assert tags["homestead.run"] == home.run_id
    assert tags["homestead.data_hash"] == home.parameter("open_run", "data_hash")
    assert tags["homestead.status"] == "registered"


def test_the_local_runner_registers_no_second_version(home: TrainedHome, tmp_path: Path) -> None:
    inputs = {
        "winner": home.artifact("select", "winner"),
        "dataset": home.artifact("training_set", "dataset"),
        "certificate": home.artifact("evaluate", "certificate"),
    }
    outputs = run_locally(register, tmp_path, home.candidate(), inputs)
    assert outputs.parameters == {"Output": True}
    card = outputs.artifacts["model_card"].read_text()
    assert home.run_id in card
    assert home.run_id in home.artifact("register", "model_card").read_text()
    assert len(home.client().search_model_versions("name = 'churn'")) == 1

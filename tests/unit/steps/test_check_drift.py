"""A drift check without a champion, and with one whose run lacks the snapshot."""

import pytest
from mlflow import MlflowClient

from homestead.errors import NoChampionError, UserError
from homestead.settings import Settings
from homestead.steps.check_drift import check_drift
from tests.factories import flats_problem

PROBLEM = flats_problem()


def test_without_a_champion_the_error_says_to_train_one(settings: Settings) -> None:
    with pytest.raises(NoChampionError, match="no champion of flats; train one first"):
        check_drift(PROBLEM, settings)
    # Nor is a store made for MLflow, whose pages would then show an experiment of nothing.
    assert not settings.tracking_file.exists()


def test_a_champion_without_a_snapshot_is_named(settings: Settings) -> None:
    settings.folder()
    client = MlflowClient(settings.tracking_uri, settings.tracking_uri)
    artifacts = (settings.home / "artifacts").as_uri()
    run_id = client.create_run(client.create_experiment("flats", artifacts)).info.run_id
    client.create_registered_model("flats")
    tags = {"homestead.digest": "d" * 64, "homestead.uri": "model.onnx"}
    version = client.create_model_version("flats", "unused", run_id, tags=tags).version
    client.set_registered_model_alias("flats", "champion", version)
    with pytest.raises(UserError, match=rf"version 1 of flats has no snapshot\.parquet .*{run_id}"):
        check_drift(PROBLEM, settings)
    assert not (settings.home / "reports" / "flats" / "drift" / "drift.json").exists()

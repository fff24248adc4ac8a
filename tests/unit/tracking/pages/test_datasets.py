"""Data sets as inputs of runs: name, source, digest, columns and what they were used for."""

import json

import pytest
from mlflow import MlflowClient
from mlflow.entities import DatasetInput

from homestead.settings import Settings
from homestead.tracking import runs, tags
from homestead.tracking.pages.datasets import dataset_name, log_datasets
from tests.registry import PROBLEM, dataset


def inputs_of(mlflow: MlflowClient, run_id: str) -> list[DatasetInput]:
    """Return the data sets of a run."""
    inputs = mlflow.get_run(run_id).inputs
    assert inputs is not None
    return list(inputs.dataset_inputs)


def test_parent_and_candidates_have_the_rows_that_they_saw(settings: Settings) -> None:
    mlflow = runs.open_client(settings)
    parent = runs.start_run(mlflow, settings, PROBLEM, {})
    experiment = mlflow.get_run(parent).info.experiment_id
    child = mlflow.create_run(experiment, tags={tags.PARENT_RUN: parent}).info.run_id
    rows = dataset()
    rows.loc[rows.index[-10:], "split"] = "holdout"
    for _ in range(2):  # a repetition adds nothing
        log_datasets(mlflow, parent, PROBLEM, rows, data_hash="a" * 64, holdout_hash="b" * 64)
    inputs = {entry.tags[0].value: entry.dataset for entry in inputs_of(mlflow, parent)}
    assert set(inputs) == {"training", "holdout"}
    training, holdout = inputs["training"], inputs["holdout"]
    assert (training.name, training.digest) == ("flats.csv", "a" * 12)
    assert (holdout.name, holdout.digest) == ("flats.csv", "b" * 12)
    assert json.loads(training.source) == {"uri": "flats.csv"}
    assert json.loads(training.profile or "")["num_rows"] == 50
    assert json.loads(holdout.profile or "")["num_rows"] == 10
    columns = {c["name"]: c["type"] for c in json.loads(training.schema or "")["mlflow_colspec"]}
    assert columns == {"area": "double", "rent": "double", "day": "datetime"}
    (of_child,) = inputs_of(mlflow, child)
    assert of_child.dataset.digest == training.digest


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("data/flats.parquet", "flats.parquet"),
        ("s3://bucket/rent/flats.csv", "flats.csv"),
        ("https://user:secret@example.com/flats.csv", "flats.csv"),
        ("s3://bucket/", "s3://bucket/"),
        (
            "postgresql://me:secret@db/rents?query=SELECT 1",
            "postgresql://me:***@db/rents?query=SELECT 1",
        ),
    ],
)
def test_a_name_is_a_file_or_a_table_and_never_a_password(source: str, name: str) -> None:
    assert dataset_name(source) == name

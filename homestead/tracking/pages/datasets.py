"""Data sets of a run in MLflow: what was trained on, and the holdout it was judged by."""

import json
from urllib.parse import urlsplit

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, InputTag
from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

from homestead.problem.schema import Problem
from homestead.problem.split import HOLDOUT, SPLIT_COLUMN
from homestead.problem.values.source_urls import source_place
from homestead.setting_values import mask_passwords
from homestead.tracking import tags

TRAINING_CONTEXT, HOLDOUT_CONTEXT = "training", "holdout"
# MLflow's types of columns by ours; a derived or queried column is a number.
_TYPES = {
    "integer": "long",
    "number": "double",
    "boolean": "boolean",
    "category": "string",
    "text": "string",
    "timestamp": "datetime",
}
_DIGEST_LENGTH = 12
# As long as MLflow's column is.
_MAX_NAME_LENGTH = 500


def log_datasets(
    mlflow: MlflowClient,
    run_id: str,
    problem: Problem,
    rows: pd.DataFrame,
    *,
    data_hash: str,
    holdout_hash: str,
) -> None:
    """Log the rows of training and of the holdout as inputs of a parent run and its candidates.

    Args:
        rows: the training set, with a column ``split``.
        data_hash: SHA-256 of the source, in hex: its beginning is the training data's digest.
        holdout_hash: SHA-256 of the holdout's values, in hex, likewise.
    """
    held_out = rows[SPLIT_COLUMN] == HOLDOUT
    training = _input(problem, rows[~held_out], data_hash, TRAINING_CONTEXT)
    holdout = _input(problem, rows[held_out], holdout_hash, HOLDOUT_CONTEXT)
    mlflow.log_inputs(run_id, [training, holdout])
    experiment = mlflow.get_run(run_id).info.experiment_id
    for child in mlflow.search_runs([experiment], f"tags.`{tags.PARENT_RUN}` = '{run_id}'"):
        mlflow.log_inputs(child.info.run_id, [training])


def dataset_name(source: str) -> str:
    """Return a data set's name: the source's file, or what names a table, without passwords."""
    shown = shown_source(source)
    parts = urlsplit(shown)
    name = parts.path.rstrip("/").rpartition("/")[2] if not parts.query else ""
    return (name or shown)[:_MAX_NAME_LENGTH]


def shown_source(source: str) -> str:
    """Return a source as pages show it, without passwords."""
    return str(mask_passwords(source_place(source)))


def _input(problem: Problem, rows: pd.DataFrame, digest: str, context: str) -> DatasetInput:
    shown = shown_source(problem.source)
    scheme = urlsplit(shown).scheme or "local"
    columns = [
        {"type": _column_type(problem, str(name)), "name": str(name), "required": True}
        for name in rows.columns
        if name != SPLIT_COLUMN
    ]
    dataset = Dataset(
        name=dataset_name(problem.source),
        digest=digest[:_DIGEST_LENGTH],
        source_type=scheme,
        # MLflow's pages link the address of an HTTP source under this other key.
        source=json.dumps({"url" if scheme in ("http", "https") else "uri": shown}),
        schema=json.dumps({"mlflow_colspec": columns}),
        profile=json.dumps({"num_rows": len(rows), "num_columns": len(columns)}),
    )
    return DatasetInput(dataset, [InputTag(MLFLOW_DATASET_CONTEXT, context)])


def _column_type(problem: Problem, name: str) -> str:
    column = problem.columns.get(name)
    return "double" if column is None else _TYPES[column.type]

"""Registered models of one problem, and a log of what they predicted."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import sqlalchemy as sa
from mlflow import MlflowClient

from homestead.model.answers import answered_values
from homestead.model.onnx_model import Model
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.problem.encoding import feature_matrix
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.tracking import tags
from homestead.training.search import train_candidate

HOMES = """
name: homes
task: regression
source: homes.csv
key: id
timestamp: sold
target: price
columns:
  id: {type: integer}
  sold: {type: timestamp}
  price: {type: number}
  area: {type: number}
  rooms: {type: integer, nullable: true}
  kind: {type: category, allowed: [flat, house, villa]}
derived: {roominess: "area / rooms"}
features: [area, rooms, kind, roominess]
candidates:
  linear: {estimator: sklearn.linear_model.Ridge}
  forest:
    estimator: sklearn.ensemble.RandomForestRegressor
    parameters: {n_estimators: 10, max_leaf_nodes: 40}
  boosting:
    estimator: sklearn.ensemble.HistGradientBoostingRegressor
    init: sklearn.linear_model.Ridge
    parameters: {max_iter: 20}
split: {validation_from: 2024-02-01, holdout_from: 2024-03-01}
metric: mae
"""


def homes_problem(**changes: object) -> Problem:
    """Return a problem of house prices without views, with some of its keys changed."""
    return parse_problem(HOMES).model_copy(update=changes)


def homes_rows(count: int, seed: int = 0) -> pd.DataFrame:
    """Return rows of the table, with the split that training needs."""
    draw = np.random.default_rng(seed)
    rows = pd.DataFrame(
        {
            "id": np.arange(count),
            "sold": pd.date_range("2024-01-01", periods=count, freq="min"),
            "area": draw.lognormal(4, 0.4, count),
            "rooms": pd.array(draw.integers(1, 8, count), dtype="Int64"),
            "kind": draw.choice(["flat", "house", "villa"], count),
            "split": np.where(np.arange(count) % 2, "validation", "train"),
        }
    )
    rows.loc[draw.random(count) < 0.1, "rooms"] = pd.NA
    return rows.assign(price=rows.area * 9 + draw.normal(0, 40, count))


def trained_model(problem: Problem, candidate: str, rows: pd.DataFrame) -> bytes:
    """Return the ONNX file of a candidate."""
    return train_candidate(candidate, rows, problem).onnx


def register_file(
    mlflow: MlflowClient, problem: str, content: bytes, folder: Path, **version_tags: str
) -> Model:
    """Register a model's file as the problem's next version, without certificate and run."""
    model = Model(content)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{model.digest}.onnx"
    path.write_bytes(content)
    if not mlflow.search_registered_models(f"name = '{problem}'"):
        mlflow.create_registered_model(problem)
    mlflow.create_model_version(
        problem,
        source=str(folder),
        tags={
            tags.DIGEST: model.digest,
            tags.URI: str(path),
            tags.STATUS: "registered",
            **version_tags,
        },
    )
    return model


def log_predictions(
    engine: sa.Engine,
    model: Model,
    version: str,
    rows: pd.DataFrame,
    *,
    sizes: Sequence[int] = (1, 3, 7),
    start: float = 1_700_000_000.0,
    prefix: str = "",
) -> list[str]:
    """Log predictions of rows in requests of changing size; return their ids.

    Args:
        start: time of the first row, seconds since 1970; each further row is a second later.
        prefix: of the ids; by default the version.
    """
    contract = model.contract
    matrix = feature_matrix(rows, contract)
    names = contract.features
    entries: list[PredictionEntry] = []
    position = 0
    while position < len(rows):
        X = matrix[position : position + sizes[len(entries) % len(sizes)]]
        values, labels = answered_values(contract, model.predict(np.ascontiguousarray(X)))
        entries.append(
            PredictionEntry(
                id=f"{prefix or version}-{position:06d}",
                problem=contract.problem,
                version=version,
                digest=model.digest,
                timestamp_s=start + position,
                feature_names=names,
                features=X.tolist(),
                predictions=values.tolist(),
                entities=[str(key) for key in rows.id.iloc[position : position + len(X)]],
                labels=labels.tolist() if contract.classes else None,
            )
        )
        position += len(X)
    assert not insert_lines(engine, entries)
    return [entry.id for entry in entries]

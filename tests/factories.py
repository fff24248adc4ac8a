"""Valid documents and tables that several tests start from."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from homestead.database.drift_reports import DriftReportRow
from homestead.prediction_log.entries import PredictionEntry
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.release.plan import ModelVersion

_FLATS = """
name: flats
task: regression
source: flats.csv
key: id
timestamp: day
target: rent
columns:
  id: {type: integer}
  day: {type: timestamp}
  rent: {type: number, unit: EUR}
  area: {type: number}
  floor: {type: number, nullable: true}
  age: {type: number}
  district: {type: category, allowed: [north, south, west]}
  lift: {type: boolean}
views:
  flat: {entity: id, columns: [age]}
features: [area, floor, age, district, lift]
candidates:
  ridge: {estimator: sklearn.linear_model.Ridge}
split: {validation_from: 2024-01-01, holdout_from: 2024-02-01}
metric: mae
drift: {max_drift_share: 0.3, min_rows: 100, max_rows: 4000}
"""


def flats_problem() -> Problem:
    """Return a regression with numbers, a category, a boolean and a nullable column."""
    return parse_problem(_FLATS)


def flats_rows(count: int, seed: int) -> pd.DataFrame:
    """Return inputs of the flats model: (count, 5) float64, drawn from one distribution."""
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "area": draw.lognormal(4, 0.4, count),
            "floor": np.where(draw.random(count) < 0.05, np.nan, draw.integers(0, 9, count)),
            "age": draw.gamma(2, 20, count),
            "district": draw.choice(3, count, p=[0.6, 0.3, 0.1]).astype(float),
            "lift": draw.integers(0, 2, count).astype(float),
        }
    )


def drift_report_row(**changes: Any) -> DriftReportRow:
    """Return a row of the table of drift reports: drift in half of the columns."""
    row = DriftReportRow(
        problem="flats",
        version="1",
        at=1000.0,
        verdict="drift",
        share=0.5,
        threshold=0.3,
        rows=500,
        columns=[],
    )
    return replace(row, **changes)


def model_version(version: str = "3", **changes: Any) -> ModelVersion:
    """Return a released model version with its own digest."""
    digest, uri = f"{int(version):064x}", f"s3://models/{version}/model.onnx"
    return ModelVersion(**{"version": version, "digest": digest, "uri": uri, **changes})


def prediction_entry(entry_id: str, *areas: float) -> PredictionEntry:
    """Return a line of the prediction log: one row per area, its second feature missing."""
    return PredictionEntry(
        id=entry_id,
        problem="homes",
        version="3",
        digest="d" * 64,
        timestamp_s=1_700_000_000.0 + len(areas),
        feature_names=("area", "floor"),
        features=[[area, math.nan] for area in areas],
        predictions=[area * 2 for area in areas],
        entities=["7"] * len(areas),
    )

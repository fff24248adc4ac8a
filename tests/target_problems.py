"""A small problem whose target, and what is asked of it, a test chooses, and its rows."""

from typing import Any

import numpy as np
import pandas as pd
import yaml

from homestead.data.ingest import check_rows
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from homestead.problem.split import with_split

_LOGISTIC = {"logistic": {"estimator": "sklearn.linear_model.LogisticRegression"}}
_RIDGE = {"ridge": {"estimator": "sklearn.linear_model.Ridge"}}
_PROBLEM = """
name: outcomes
task: classification
source: outcomes.csv
key: id
timestamp: day
target: y
columns:
  id: {type: integer}
  day: {type: timestamp}
  y: Y
  a: {type: number}
  b: {type: number}
  w: {type: number}
views: {own: {entity: id, columns: [a, b]}}
features: [a, b]
split: {validation_from: 2024-03-01, holdout_from: 2024-05-01}
"""


def target_text(target: str, **changes: Any) -> str:
    """Return the text of a problem file whose target column is ``target``, written as in YAML."""
    content = yaml.safe_load(_PROBLEM) | {"metric": "log_loss", "candidates": _LOGISTIC} | changes
    if content["task"] == "regression" and "candidates" not in changes:
        content["candidates"] = _RIDGE
    return yaml.safe_dump(content, sort_keys=False).replace("y: Y\n", f"y: {target}\n")


def target_problem(target: str, **changes: Any) -> Problem:
    """Return the problem of :func:`target_text`."""
    return parse_problem(target_text(target, **changes))


def outcome_rows(count: int = 600, seed: int = 0) -> pd.DataFrame:
    """Return rows of 2024 with ``score``, a noisy sum of a and b, from which a test makes y."""
    draw = np.random.default_rng(seed)
    a, b = draw.normal(size=(2, count))
    days = np.datetime64("2024-01-01") + np.arange(count) * 180 // count
    return pd.DataFrame(
        {
            "id": np.arange(count),
            "day": days.astype("datetime64[us]"),
            "a": a,
            "b": b,
            "w": draw.integers(1, 4, count).astype(float),
            "score": a + b + draw.normal(0, 0.7, count),
        }
    )


def outcome_dataset(problem: Problem, rows: pd.DataFrame, y: Any) -> pd.DataFrame:
    """Return the training set of rows with a target, checked as in ingest."""
    table = rows.drop(columns="score").assign(y=y)
    table.index.name = "row"
    valid = check_rows(table, problem).valid
    return with_split(valid, problem)

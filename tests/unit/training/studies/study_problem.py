"""A small problem whose candidates search long enough for a study."""

from typing import Any

import numpy as np
import pandas as pd

from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem
from tests.problem_text import changed_flats

BOOSTING: dict[str, Any] = {
    "estimator": "sklearn.ensemble.HistGradientBoostingRegressor",
    "parameters": {"max_iter": 40, "early_stopping": False},
    "search": {
        "learning_rate": {"low": 0.001, "high": 0.5, "log": True},
        "max_leaf_nodes": {"low": 3, "high": 31},
        "min_samples_leaf": [2, 5, 10, 20],
    },
    "trials": 14,
}
RIDGE: dict[str, Any] = {
    "estimator": "sklearn.linear_model.Ridge",
    "search": {"alpha": {"low": 0.01, "high": 1e6, "log": True}},
    "trials": 14,
}


def problem_with(**candidates: dict[str, Any]) -> Problem:
    """Return a regression on two features with some candidates."""
    return parse_problem(changed_flats(features=["area", "district"], candidates=candidates))


def flats(rows: int = 200) -> pd.DataFrame:
    """Return a training set."""
    draw = np.random.default_rng(0)
    area = draw.uniform(20, 120, rows)
    district = draw.choice(["north", "south"], rows)
    rent = 9 * area + 100 * (district == "south") + draw.normal(0, 40, rows)
    part = np.arange(rows) / rows
    return pd.DataFrame(
        {
            "id": np.arange(rows),
            "area": area,
            "district": district,
            "rent": rent,
            "split": np.select([part < 0.6, part < 0.8], ["train", "validation"], "holdout"),
        }
    )

"""A problem whose rows are split in any way, and its rows."""

from typing import Any

import numpy as np
import pandas as pd
import yaml

from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem

COLUMNS = {
    "id": {"type": "integer"},
    "day": {"type": "timestamp"},
    "shop": {"type": "integer", "nullable": True},
    "part": {"type": "category", "allowed": ["fit", "tune", "test"]},
    "kind": {"type": "category", "allowed": ["a", "b", "c"]},
    "x": {"type": "number"},
}


def split_problem(split: dict[str, Any], **changes: Any) -> Problem:
    """Return the problem with this split; None removes a key."""
    content = {
        "name": "parts",
        "task": "classification",
        "source": "parts.csv",
        "key": "id",
        "timestamp": "day",
        "target": "kind",
        "columns": COLUMNS,
        "features": ["x"],
        "candidates": {"line": {"estimator": "sklearn.linear_model.LogisticRegression"}},
        "split": split,
        "metric": "log_loss",
        **changes,
    }
    return parse_problem(yaml.safe_dump({k: v for k, v in content.items() if v is not None}))


def split_rows(rows: int = 3000) -> pd.DataFrame:
    """Return rows of ten an hour, of which one in a hundred is of the rarest class."""
    draw = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "id": np.arange(rows) * 7,
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(rows) // 10, "h"),
            "shop": pd.Series(draw.integers(0, 300, rows), dtype="Int64"),
            "part": draw.choice(["fit", "tune", "test"], rows).astype(object),
            "kind": draw.choice(["a", "b", "c"], rows, p=[0.9, 0.09, 0.01]).astype(object),
            "x": draw.normal(size=rows),
        }
    )

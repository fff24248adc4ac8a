"""Labelled predictions as a run records them: a table that needs neither log nor models."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pandas as pd

from homestead.problem.contract import Contract
from homestead.problem.entity_keys import MAX_EXACT_FLOAT

# Columns of the table. ``values`` is a JSON object: the source's columns that the log tells, null
# if they were missing; a time is in seconds since 1970. ``reason`` says why it tells nothing.
LOGGED_COLUMNS = (
    *("prediction_id", "row", "version", "at", "entity", "truth", "labelled_at"),
    *("values", "reason"),
)


def logged_values(features: Mapping[str, Any], contract: Contract) -> str:
    """Return the source's columns among a logged row's inputs, as the JSON text of ``values``.

    What the log does not tell is left out: sensitive inputs, of which it holds a hash or nothing;
    categories that the model had not learnt; and whole numbers that a double does not hold.

    Args:
        features: the model's inputs by name, as logged.
        contract: of the model that predicted, in whose codes categories are.
    """
    values: dict[str, Any] = {}
    for name, value in features.items():
        column = contract.columns.get(name)
        if column is None or isinstance(value, str):
            continue
        if value is None:
            # A category that was not learnt may count as missing.
            if not column.takes_unseen:
                values[name] = None
        elif column.type == "category":
            allowed = column.allowed or ()
            if value != column.unseen_code and 0 <= value < len(allowed):
                values[name] = allowed[int(value)]
        elif column.type == "integer":
            if abs(value) < MAX_EXACT_FLOAT and value % 1 == 0:
                values[name] = int(value)
        else:
            values[name] = bool(value) if column.type == "boolean" else value
    return json.dumps(values, sort_keys=True)


def write_logged(rows: pd.DataFrame) -> bytes:
    """Return the table as a Parquet file; the same rows give the same bytes."""
    content = BytesIO()
    rows[list(LOGGED_COLUMNS)].to_parquet(content, index=False)
    return content.getvalue()


def read_logged(content: bytes) -> pd.DataFrame:
    """Return the table of a file from :func:`write_logged`."""
    return pd.read_parquet(BytesIO(content))

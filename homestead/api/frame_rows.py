"""From a DataFrame to the rows that a server would get as JSON."""

import datetime as dt
from collections.abc import Collection
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from homestead.errors import UserError


def frame_rows(frame: pd.DataFrame, fields: Collection[str]) -> list[dict[str, Any]]:
    """Return each row's fields as JSON values: None for a missing one, times as ISO 8601.

    Args:
        frame: its columns, and the levels of its index that have a field's name, are fields.
        fields: the names of interest; others are left out.
    """
    columns = {
        str(name): _json_values(frame.iloc[:, position])
        for position, name in enumerate(frame.columns)
        if name in fields
    }
    for level, name in enumerate(frame.index.names):
        if name in fields and name not in columns:
            columns[str(name)] = _json_values(frame.index.get_level_values(level).to_series())
    names = list(columns)
    if not names:
        return [{} for _ in range(len(frame))]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def require_frame(frame: object) -> None:
    """Refuse what is no DataFrame with distinct columns.

    Raises:
        UserError: says what was found.
    """
    if not isinstance(frame, pd.DataFrame):
        raise UserError(f"frame: found {type(frame).__name__}, allowed is a pandas.DataFrame")
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise UserError(f"frame: column {twice[0]!r} occurs twice, allowed is once")


def _json_values(values: pd.Series) -> list[Any]:
    if isinstance(values.dtype, pd.PeriodDtype):
        values = pd.Series(values.dt.to_timestamp())
    missing = values.isna().to_numpy()
    return [
        None if is_missing else _json_value(value)
        for value, is_missing in zip(values.tolist(), missing, strict=True)
    ]


def _json_value(value: Any) -> Any:
    if isinstance(value, dt.datetime | dt.date):  # a Timestamp is a datetime
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    return float(value) if isinstance(value, Decimal) else value

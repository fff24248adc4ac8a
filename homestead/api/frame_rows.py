"""From a DataFrame to the rows that a server would get as JSON."""

from collections.abc import Collection
from typing import Any

import pandas as pd

from homestead.client.frame_values import json_values
from homestead.errors import UserError


def frame_rows(frame: pd.DataFrame, fields: Collection[str]) -> list[dict[str, Any]]:
    """Return each row's fields as JSON values: None for a missing one, times as ISO 8601.

    Args:
        frame: its columns, and the levels of its index that have a field's name, are fields.
        fields: the names of interest; others are left out.
    """
    columns = {
        str(name): json_values(frame.iloc[:, position])
        for position, name in enumerate(frame.columns)
        if name in fields
    }
    for level, name in enumerate(frame.index.names):
        if name in fields and name not in columns:
            columns[str(name)] = json_values(frame.index.get_level_values(level).to_series())
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

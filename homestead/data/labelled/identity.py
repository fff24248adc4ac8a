"""Who a labelled prediction is about and when it was made, in the types of the source's columns."""

import json

import numpy as np
import pandas as pd

from homestead.data.bad_values import BadValue
from homestead.data.column_types import convert_column
from homestead.problem.schema import Problem
from homestead.problem.sections.source_format import SourceFormat
from homestead.problem.split import required_timestamp

_MICROSECONDS = 1e6


def identify(
    logged: pd.DataFrame, told: list[dict[str, object]], problem: Problem
) -> tuple[pd.DataFrame, list[BadValue]]:
    """Return the time and the key of each prediction, and those that the log does not tell.

    The time is a time stamp that is part of the key or an input of the model, or else that of the
    prediction.

    Args:
        logged: as :func:`homestead.data.labelled.logged_rows.read_logged` returns it.
        told: by row, its ``values``.
    """
    time, names = required_timestamp(problem), problem.key_columns
    parts = [_key_parts(text, problem) for text in logged.entity]
    identity: dict[str, pd.Series] = {}
    bad: list[BadValue] = []
    for i, name in enumerate(names):
        texts = pd.Series([part[i] for part in parts], dtype=object)
        if problem.columns[name].type == "timestamp":
            identity[name] = _naive(pd.to_datetime(texts, utc=True, format="ISO8601"))
        else:
            identity[name], unreadable = typed_column(texts, name, problem)
            bad += unreadable
    bad += [
        BadValue(row, names[0], "", "the log does not tell the key of this prediction")
        for row, part in enumerate(parts)
        if None in part
    ]
    if time not in identity:
        stamps = pd.Series([row.get(time) for row in told], dtype=float)
        identity[time] = _naive(times_of_seconds(stamps.fillna(logged["at"])))
    return pd.DataFrame(identity), bad


def typed_column(
    values: pd.Series, name: str, problem: Problem
) -> tuple[pd.Series, list[BadValue]]:
    """Return logged values in the type of their column, missing where one cannot be converted.

    Args:
        values: Python's numbers, truth values and texts, or None; times in seconds since 1970.
    """
    # The log holds values, not a file's notation of them.
    column = problem.columns[name].model_copy(update={"missing": (), "time_format": None})
    if column.type == "timestamp":
        values = times_of_seconds(values.astype(float))
    _, typed, bad = convert_column(values, name, column, SourceFormat())
    return typed, bad


def times_of_seconds(seconds: pd.Series) -> pd.Series:
    """Return times in UTC with their zone, in whole microseconds; missing for NaN."""
    microseconds = np.floor(seconds.to_numpy() * _MICROSECONDS)
    is_time = np.abs(microseconds) < 2.0**62
    whole = np.where(is_time, microseconds, 0).astype(np.int64).astype("datetime64[us]")
    return pd.Series(whole, seconds.index).where(is_time).dt.tz_localize("UTC")


def _naive(times: pd.Series) -> pd.Series:
    naive: pd.Series = times.dt.tz_localize(None).astype("datetime64[us]")
    return naive


def _key_parts(text: str | None, problem: Problem) -> list[str | None]:
    """Return a logged key's parts; None for each if it is missing or has other parts."""
    if isinstance(problem.key, str):
        return [text]
    count = len(problem.key_columns)
    try:
        parts = json.loads(text or "")
    except ValueError:
        parts = None
    return parts if isinstance(parts, list) and len(parts) == count else [None] * count

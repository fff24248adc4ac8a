"""Which columns are guessed to be key and time stamp, and which number the rows."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.drafting.profile.column_names import (
    names_birth,
    names_identifier,
    names_row,
    time_rank,
)
from homestead.drafting.profile.column_profile import ColumnProfile

Profiles = Mapping[str, ColumnProfile]

_MIN_TIMES = 10
_MAX_KEY_LETTERS = 60
_MIN_GROUP_SHARE = 0.02


@dataclass(frozen=True)
class Guess:
    """A column that is guessed to have a role, and why; or None, and why there is none."""

    column: str | None
    reason: str


def is_row_number(column: ColumnProfile) -> bool:
    """Return whether a column counts the rows: each whole number once, in the order of the file."""
    if column.type not in ("integer", "boolean") or not column.is_unique or column.rows < 3:
        return False
    values = column.values.to_numpy(dtype=float)
    counts_rows = bool((np.diff(values) == 1).all()) and values[0] in (0, 1)
    return counts_rows and not names_identifier(column.name)


def guess_timestamp(columns: Profiles, target: str) -> Guess:
    """Guess the time of a row's event: a column of times in which no value is missing."""
    times = [c for c in columns.values() if c.type == "timestamp" and c.name != target]
    if not times:
        return Guess(None, "no column holds times")
    events = [c for c in times if not names_birth(c.name)]
    complete = [c for c in events if not c.missing and c.distinct >= _MIN_TIMES]
    if not complete:
        names = ", ".join(c.name for c in times)
        return Guess(None, f"{names}: missing values, few different times, or times of birth")
    best = min(complete, key=lambda c: time_rank(c.name))
    others = ", ".join(c.name for c in complete if c is not best)
    reason = f"of {best.name}, {others} the name that fits best" if others else "the only times"
    return Guess(best.name, reason)


def guess_key(columns: Profiles, target: str, timestamp: str | None) -> Guess:
    """Guess the column that identifies a row, or with the time stamp does."""
    possible = [
        c
        for c in columns.values()
        if c.name not in (target, timestamp)
        and c.type in ("integer", "category")
        and not c.missing
        and (not is_row_number(c) or names_row(c.name))
    ]
    named = [c for c in possible if names_identifier(c.name)]
    unique = [c for c in named if c.is_unique] or [c for c in possible if _is_unique_name(c)]
    unique = unique or [c for c in possible if names_row(c.name) and c.is_unique]
    if unique:
        return Guess(unique[0].name, "each value occurs once")
    if timestamp is not None:
        times = columns[timestamp].values
        for column in named:
            pairs = pd.DataFrame({"key": column.values, "time": times})
            if not pairs.duplicated().any():
                return Guess(column.name, f"with {timestamp} each value occurs once")
    if named:
        return Guess(None, f"{named[0].name} occurs several times, also at one time")
    return Guess(None, "no column identifies a row")


def guess_group(columns: Profiles, target: str) -> str | None:
    """Return an identifier of something that several rows are about, such as a customer."""
    for column in columns.values():
        is_named = column.type in ("integer", "category") and names_identifier(column.name)
        if not is_named or column.missing or column.name == target:
            continue
        if _MIN_GROUP_SHARE * column.rows < column.distinct < column.rows:
            return column.name
    return None


def _is_unique_name(column: ColumnProfile) -> bool:
    """Return whether a column of short texts has a different one in each row."""
    return (
        column.type == "category"
        and column.is_unique
        and max(map(len, column.counts.index)) <= _MAX_KEY_LETTERS
    )

"""Whether the rows are a series, such as daily sales, and which of its past values to use."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.drafting.profile.column_profile import ColumnProfile
from homestead.problem.expressions.quoted_names import quote_name

_MIN_ROWS, _MIN_STEPS = 100, 20
_MIN_REGULAR_SHARE = 0.8
_DAY_S = 86_400
# In steps: the last value, the same weekday or hour before, and means that follow the level.
_LAGS, _WINDOWS = (1, 2, 7), (7, 28)


@dataclass(frozen=True)
class SeriesGuess:
    """A view of past rows.

    Attributes:
        entity: the column whose values are series of their own, or None for a single one.
        step_days: time between a row and the next one, in days.
        history: past values by name.
    """

    entity: str | None
    step_days: float
    history: Mapping[str, str]


def guess_series(
    target: ColumnProfile,
    times: ColumnProfile,
    entity: ColumnProfile | None,
    names: Collection[str],
) -> SeriesGuess | None:
    """Return the past values of a numeric target whose rows follow each other at equal steps.

    Args:
        entity: the key that identifies a row together with the time, or None.
        names: names that are taken.
    """
    if not target.is_numeric or target.rows < _MIN_ROWS:
        return None
    frame = pd.DataFrame({"time": times.values, "entity": 0 if entity is None else entity.values})
    frame = frame.dropna().sort_values(["entity", "time"])
    steps = frame.groupby("entity", sort=False)["time"].diff().dropna().dt.total_seconds()
    if len(steps) < _MIN_STEPS * frame["entity"].nunique():
        return None
    step_s = float(np.median(steps))
    if step_s <= 0 or (steps == step_s).mean() < _MIN_REGULAR_SHARE or (steps == 0).any():
        return None
    read = quote_name(target.name)
    history = {f"lag_{steps}": f"lag({read}, {steps})" for steps in _LAGS}
    history |= {f"mean_{steps}": f"mean({read}, {steps})" for steps in _WINDOWS}
    prefix = re.sub(r"[^a-z0-9]+", "_", target.name.lower()).strip("_")[:40]
    prefix = prefix if prefix[:1].isalpha() else "past"
    while any(f"{prefix}_{name}" in names for name in history):
        prefix += "_past"
    named = {f"{prefix}_{name}": expression for name, expression in history.items()}
    return SeriesGuess(None if entity is None else entity.name, step_s / _DAY_S, named)

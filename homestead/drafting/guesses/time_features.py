"""Derived columns of times: what of a calendar or a clock a model can use."""

import re
from collections.abc import Collection

import numpy as np

from homestead.drafting.profile.column_profile import ColumnProfile
from homestead.problem.expressions.quoted_names import quote_name

_MIN_DAYS = {"month": 300, "weekday": 14, "hour": 2}


def time_features(times: Collection[ColumnProfile], names: Collection[str]) -> dict[str, str]:
    """Return expressions of the parts of times that vary, by name.

    Args:
        names: of all columns; a derived column has another name.
    """
    derived: dict[str, str] = {}
    for column in times:
        values = column.values.dropna()
        days = (values.max() - values.min()) / np.timedelta64(1, "D")
        for part, min_days in _MIN_DAYS.items():
            distinct = getattr(values.dt, part).nunique()
            name = _name(f"{column.name}_{part}", {*names, *derived})
            if days >= min_days and distinct > 1:
                derived[name] = f"{part}({quote_name(column.name)})"
    return derived


def _name(text: str, taken: Collection[str]) -> str:
    """Return a name that a derived column may have and that is not taken."""
    name = re.sub(r"[^a-z0-9_]+", "_", text.lower()).strip("_")[:60]
    if not name[:1].isalpha():
        name = f"time_{name}"
    while name in taken:
        name += "_"
    return name

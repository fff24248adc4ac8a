"""Rules of a problem's columns for each row: range, allowed values, and no missing value."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from homestead.data.bad_values import MISSING, BadValue, format_value
from homestead.problem.sections.column import Column
from homestead.problem.values.listing import list_values


def broken_rules(
    rows: pd.DataFrame, schema: Mapping[str, Column], positive: str | None = None
) -> Iterator[BadValue]:
    """Yield each value that breaks a rule of its column.

    Args:
        rows: the columns in their types, from
            :func:`homestead.data.column_types.convert_columns`, with an index from 0.
        schema: the columns' rules by name.
        positive: a column whose values must be above 0.
    """
    for name, column in schema.items():
        values = rows[name]
        present = values.notna()
        if not column.nullable:
            yield from (BadValue(int(row), name, "", MISSING) for row in np.flatnonzero(~present))
        for is_good, rule in _rules(values[present], column, name == positive):
            broken = is_good.index[~is_good]
            for row in broken:
                yield BadValue(int(row), name, format_value(values[row]), rule)


def list_rules(column: Column, is_positive: bool) -> list[str]:
    """Return what a column's rules allow, in the order in which they are applied."""
    dtype = {"category": "string", "text": "string", "timestamp": "datetime64[us]"}
    empty = pd.Series([], dtype=dtype.get(column.type, "Float64"))
    return [MISSING, *(rule for _, rule in _rules(empty, column, is_positive))]


def _rules(values: pd.Series, column: Column, is_positive: bool) -> Iterator[tuple[pd.Series, str]]:
    """Yield each rule of a column as which values keep it, and what it allows."""
    if is_positive:
        yield values > 0, "allowed is more than 0, for its logarithm"
    if column.range:
        low, high = column.range
        yield values.between(low, high), f"allowed is {low:g} to {high:g}"
    if column.type == "text":
        limit = f"allowed is text of up to {column.max_length} characters, without the character 0"
        yield (
            (values.str.len() <= column.max_length) & ~values.str.contains("\0", regex=False),
            limit,
        )
    if column.allowed and not column.takes_unseen:
        is_text = column.type == "category"
        allowed = column.allowed if is_text else [int(text) for text in column.allowed]
        yield values.isin(allowed), f"allowed are {list_values(column.allowed)}"

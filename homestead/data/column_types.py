"""Conversion of a source's columns to the problem's types.

What counts as missing: an empty field, an empty text and a null. In columns other than categories
and texts the words of :data:`MISSING_WORDS` too; a category or a text is always as it stands.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from homestead.data.bad_values import BadValue, format_value
from homestead.data.parse_numbers import parse_integers, parse_numbers
from homestead.errors import UserError
from homestead.problem.entity_keys import MAX_EXACT_FLOAT
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.values.booleans import ALLOWED_BOOLEANS, parse_boolean
from homestead.problem.values.categories import category_text
from homestead.problem.values.times import END_TIME, FIRST_TIME, is_time_text

MISSING_WORDS = ("NA", "N/A", "NaN", "nan", "null", "NULL", "None")

_ALLOWED = {
    "integer": "a whole number of 64 bits",
    "number": "a number",
    "boolean": ALLOWED_BOOLEANS,
    "category": "text",
    "text": "text",
    "timestamp": "a time in ISO 8601 (2024-05-31, 2024-05-31T12:00:00Z) from"
    f" {FIRST_TIME:%Y-%m-%d} to {END_TIME - timedelta(days=1):%Y-%m-%d}",
}


def convert_columns(
    raw: pd.DataFrame, schema: Mapping[str, Column], source: str
) -> tuple[pd.DataFrame, list[BadValue]]:
    """Convert each column to its type.

    Args:
        raw: values as they were read, with an index from 0.
        schema: the columns' types by name.
        source: where the values are from, for messages.

    Returns:
        The columns in their types, missing where a value cannot be converted; and these values.

    Raises:
        UserError: no value of a column can be converted; for each such column a line.
    """
    bad: list[BadValue] = []
    wrong = []
    columns = {}
    for name, column in schema.items():
        present = _is_present(raw[name], column)
        values = _convert(raw[name].where(present), column)
        unreadable = present & values.isna()
        found = raw[name][unreadable]
        if present.any() and unreadable.sum() == present.sum():
            wrong.append(
                f"{source}: column {name}: found {format_value(found.iloc[0])},"
                f" {_rule(found.iloc[0], column)}"
            )
        else:
            bad += [
                BadValue(int(row), name, format_value(value), _rule(value, column))
                for row, value in zip(np.flatnonzero(unreadable), found, strict=True)
            ]
        columns[name] = values
    if wrong:
        raise UserError("\n".join(wrong))
    return pd.DataFrame(columns), bad


def final_types(valid: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return valid rows in numpy's types; nullable integers are ``Int64``, booleans ``boolean``."""
    plain = {"boolean": "bool", "integer": "int64", "category": "object", "text": "object"}
    nullable = {"boolean": "boolean", "integer": "Int64", "category": "object", "text": "object"}
    types = {
        name: (nullable if column.nullable else plain).get(column.type)
        for name, column in problem.columns.items()
    }
    valid = valid.astype({name: dtype for name, dtype in types.items() if dtype})
    texts = valid.select_dtypes("object")
    # One missing value for texts, None, also after a round trip through Parquet.
    return valid.assign(**texts.where(texts.notna(), None))


def _rule(value: Any, column: Column) -> str:
    """Return what is allowed in place of a value of another type."""
    rule = f"allowed is {_ALLOWED[column.type]}"
    if column.type == "text" and isinstance(value, float):
        return f"{rule}; a float is exact below {MAX_EXACT_FLOAT} only"
    if column.type in ("integer", "number"):
        if isinstance(value, timedelta | np.timedelta64):
            return f"a duration; {rule}: divide it by its unit"
        if isinstance(value, date | np.datetime64):
            return f"a time; {rule}, or the type timestamp"
        if column.type == "integer" and isinstance(value, float) and value % 1 == 0:
            return f"{rule}; a float is exact below {MAX_EXACT_FLOAT} only"
    return rule


def _is_present(values: pd.Series, column: Column) -> pd.Series:
    present = values.notna()
    if not (
        pd.api.types.is_object_dtype(values)
        or pd.api.types.is_string_dtype(values)
        or isinstance(values.dtype, pd.CategoricalDtype)
    ):
        return present
    words = [""] if column.type in ("category", "text") else ["", *MISSING_WORDS]
    return present & ~values.isin([word for word in words if word not in (column.allowed or ())])


def _convert(values: pd.Series, column: Column) -> pd.Series:
    """Return the values in the column's type, missing where they cannot be converted."""
    if column.type == "timestamp":
        return _convert_times(values)
    if column.type == "category":
        return _convert_categories(values, column.allowed or ())
    if column.type == "text":
        return _convert_categories(values.where(_is_exact(values)), ())
    if column.type == "boolean":
        truths = [parse_boolean(value) for value in values.tolist()]
        return pd.Series(truths, index=values.index, dtype="boolean")
    return parse_integers(values) if column.type == "integer" else parse_numbers(values)


def _is_exact(values: pd.Series) -> pd.Series:
    """Return which values stand for one text each: a float beyond 2^53 may be several integers."""
    if not pd.api.types.is_float_dtype(values):
        return pd.Series(True, index=values.index)
    return values.astype("Float64").abs().lt(MAX_EXACT_FLOAT).fillna(True).astype(bool)


def _convert_times(values: pd.Series) -> pd.Series:
    if not pd.api.types.is_datetime64_any_dtype(values):
        # pandas takes more for a time: digits, numbers, 'now'.
        dates = [
            isinstance(value, date) or (isinstance(value, str) and is_time_text(value))
            for value in values
        ]
        times = values.astype(object).where(np.array(dates))
        values = pd.to_datetime(times, errors="coerce", utc=True, format="ISO8601")
    if values.dt.tz is not None:
        values = values.dt.tz_convert("UTC").dt.tz_localize(None)
    # By year: a time in seconds or milliseconds may be beyond what finer units hold.
    in_span = values.dt.year.between(FIRST_TIME.year, END_TIME.year - 1)
    return values.where(in_span).astype("datetime64[us]")


def _convert_categories(values: pd.Series, allowed: tuple[str, ...]) -> pd.Series:
    if pd.api.types.infer_dtype(values, skipna=True) == "string":
        return values.astype("string")
    # Never by equality: 1, 1.0 and True are one key of a dictionary.
    texts = [None if pd.isna(value) else _category_text(value, allowed) for value in values]
    return pd.Series(texts, index=values.index, dtype="string")


def _category_text(value: Any, allowed: tuple[str, ...]) -> str:
    """Return the text that a user writes for a value; a time at midnight is its day."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, pd.Timestamp):
        return str(value).removesuffix(" 00:00:00")
    return category_text(value, allowed)

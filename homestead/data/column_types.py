"""Conversion of a source's columns to the problem's types."""

from typing import Any

import numpy as np
import pandas as pd

from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.problem.sections import Column

_TRUE_WORDS = {"true", "1", "yes", "1.0"}
_FALSE_WORDS = {"false", "0", "no", "0.0"}
_ALLOWED = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "category": "text",
    "timestamp": "a time in ISO 8601 (2024-05-31, 2024-05-31T12:00:00Z)",
}
# From here on a float64 cannot represent every whole number.
_MAX_EXACT_INTEGER = 2**53


def convert_columns(raw: pd.DataFrame, problem: Problem) -> tuple[pd.DataFrame, list[list[str]]]:
    """Convert each column of the problem to its type.

    Returns:
        The columns in their types, missing where a value cannot be converted; and for each row
        the reasons, one for each such value.

    Raises:
        UserError: no value of a column can be converted.
    """
    reasons: list[list[str]] = [[] for _ in range(len(raw))]
    columns = {}
    for name, column in problem.columns.items():
        values = _convert(raw[name], column)
        present = raw[name].notna()
        unreadable = present & values.isna()
        if present.any() and unreadable.sum() == present.sum():
            first = format_value(raw[name][present].iloc[0])
            raise UserError(
                f"{problem.source}: column {name}: found {first},"
                f" allowed is {_ALLOWED[column.type]}"
            )
        for row in np.flatnonzero(unreadable):
            found = format_value(raw[name].iloc[row])
            reasons[row].append(f"{name}: found {found}, allowed is {_ALLOWED[column.type]}")
        columns[name] = values
    return pd.DataFrame(columns), reasons


def format_value(value: Any) -> str:
    """Return a value as in the file: a number as it is, anything else in quotes."""
    if isinstance(value, bool | np.bool_):
        return str(value)
    if isinstance(value, int | float | np.number):
        return f"{value:.15g}"
    return repr(str(value))


def final_types(valid: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return valid rows in numpy's types.

    A nullable integer is float64, a nullable boolean stays ``boolean``.
    """
    plain = {"boolean": "bool", "integer": "int64", "category": "object"}
    nullable = {"boolean": "boolean", "integer": "float64", "category": "object"}
    types = {
        name: (nullable if column.nullable else plain).get(column.type)
        for name, column in problem.columns.items()
    }
    valid = valid.astype({name: dtype for name, dtype in types.items() if dtype})
    texts = valid.select_dtypes("object")
    # One missing value for texts, None, also after a round trip through Parquet.
    return valid.assign(**texts.where(texts.notna(), None))


def _convert(values: pd.Series, column: Column) -> pd.Series:
    """Return the values in the column's type, missing where they cannot be converted."""
    if column.type == "timestamp":
        if pd.api.types.is_numeric_dtype(values):
            return pd.Series(pd.NaT, index=values.index)
        times = pd.to_datetime(values, errors="coerce", utc=True, format="ISO8601")
        return times.dt.tz_localize(None).astype("datetime64[us]")
    if column.type == "category":
        whole = pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all()
        # Whole numbers beside missing ones are read as floats: 2.0 is the category "2".
        return (values.astype("Int64") if whole else values).astype("string")
    if column.type == "boolean":
        words = values.astype("string").str.lower()
        meaning = {**dict.fromkeys(_TRUE_WORDS, True), **dict.fromkeys(_FALSE_WORDS, False)}
        return words.map(meaning).astype("boolean")
    if pd.api.types.is_bool_dtype(values):
        return pd.Series(np.nan, index=values.index)
    return _convert_numbers(values, column)


def _convert_numbers(values: pd.Series, column: Column) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce")
    if column.type == "integer" and pd.api.types.is_signed_integer_dtype(numbers):
        return numbers.astype("Int64")
    numbers = numbers.astype("Float64").astype(float)
    numbers = numbers.where(np.isfinite(numbers))
    if column.type == "number":
        return numbers
    is_exact = (numbers % 1 == 0) & (numbers.abs() < _MAX_EXACT_INTEGER)
    return numbers.where(is_exact).astype("Int64")

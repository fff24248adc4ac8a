"""Conversion of a source's columns to the problem's types.

What counts as missing: an empty field, an empty text, a null, and what the problem declares as
``missing``. In columns other than categories and texts the words of
:data:`homestead.problem.values.missing_words.MISSING_WORDS` too; a category or a text is always as
it stands.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from homestead.data.bad_values import BadValue, format_value
from homestead.data.notation.decimal_marks import with_points
from homestead.data.notation.hints import notation_hint
from homestead.data.notation.missing import is_present
from homestead.data.notation.times import parse_times
from homestead.data.parse_numbers import parse_integers, parse_numbers
from homestead.errors import UserError
from homestead.problem.entity_keys import MAX_EXACT_FLOAT
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat
from homestead.problem.values.booleans import ALLOWED_BOOLEANS, parse_boolean
from homestead.problem.values.categories import category_text
from homestead.problem.values.missing_words import marker_numbers
from homestead.problem.values.time_formats import EPOCH_UNITS
from homestead.problem.values.times import END_TIME, FIRST_TIME

_SPAN = f"from {FIRST_TIME:%Y-%m-%d} to {END_TIME - timedelta(days=1):%Y-%m-%d}"
_ALLOWED = {
    "integer": "a whole number of 64 bits",
    "number": "a number",
    "boolean": ALLOWED_BOOLEANS,
    "category": "text",
    "text": "text",
}


def convert_columns(
    raw: pd.DataFrame,
    schema: Mapping[str, Column],
    source: str,
    source_format: SourceFormat | None = None,
) -> tuple[pd.DataFrame, list[BadValue]]:
    """Convert each column to its type.

    Args:
        raw: values as they were read, with an index from 0.
        schema: the columns' types by name.
        source: where the values are from, for messages.
        source_format: how numbers and missing values are written in it.

    Returns:
        The columns in their types, missing where a value cannot be converted; and these values.

    Raises:
        UserError: no value of a column can be converted; for each such column a line.
    """
    source_format = source_format or SourceFormat()
    bad: list[BadValue] = []
    wrong = []
    columns = {}
    for name, column in schema.items():
        present, values, unreadable = convert_column(raw[name], name, column, source_format)
        if unreadable and len(unreadable) == present.sum():
            found = raw[name].iloc[[value.row for value in unreadable]]
            hint = notation_hint(found, name, column)
            wrong.append(
                f"{source}: column {name}: found {unreadable[0].found},"
                f" {unreadable[0].rule}{f'; {hint}' if hint else ''}"
            )
        else:
            bad += unreadable
        columns[name] = values
    if wrong:
        raise UserError("\n".join(wrong))
    return pd.DataFrame(columns), bad


def convert_column(
    values: pd.Series,
    name: str,
    column: Column,
    source_format: SourceFormat,
    is_recent: bool | None = None,
) -> tuple[pd.Series, pd.Series, list[BadValue]]:
    """Convert one column.

    Args:
        values: as they were read, with an index from 0.
        is_recent: as that of :func:`homestead.data.notation.times.parse_times`.

    Returns:
        Which values are there; all in the column's type, missing where a value cannot be
        converted; and these values.
    """
    present, converted = _convert_column(values, column, source_format, is_recent)
    unreadable = present & converted.isna()
    bad = [
        BadValue(int(row), name, format_value(value), _rule(value, column, source_format))
        for row, value in zip(np.flatnonzero(unreadable), values[unreadable], strict=True)
    ]
    return present, converted, bad


def _convert_column(
    values: pd.Series, column: Column, source_format: SourceFormat, is_recent: bool | None
) -> tuple[pd.Series, pd.Series]:
    """Return which values are there, and all in the column's type."""
    if not _holds_texts(values):
        return _convert_values(values, column, source_format, is_recent)
    # Each text is converted once, however often it occurs.
    codes, distinct = pd.factorize(values)
    texts = pd.Series(distinct, dtype=object)
    present, converted = _convert_values(texts, column, source_format, is_recent)
    is_there = np.append(present.to_numpy(bool), False)[codes]  # the code of a missing value is -1
    taken = converted.array.take(codes, allow_fill=True)
    return pd.Series(is_there, index=values.index), pd.Series(taken, index=values.index)


def _holds_texts(values: pd.Series) -> bool:
    if isinstance(values.dtype, pd.ArrowDtype | pd.StringDtype):
        return pd.api.types.is_string_dtype(values)
    is_object = pd.api.types.is_object_dtype(values)
    return is_object and pd.api.types.infer_dtype(values, skipna=True) == "string"


def _convert_values(
    values: pd.Series, column: Column, source_format: SourceFormat, is_recent: bool | None
) -> tuple[pd.Series, pd.Series]:
    markers = (*column.missing, *source_format.missing)
    if column.trim or source_format.trim:
        values = _trimmed(values)
    present = is_present(values, column, markers)
    converted = _convert(values.where(present), column, source_format, is_recent)
    if column.type in ("integer", "number") and (numbers := marker_numbers(markers)):
        is_marker = converted.isin(numbers).fillna(False).astype(bool)
        present &= ~is_marker
        converted = converted.mask(is_marker)
    if column.type in ("category", "text") and markers:
        present &= ~converted.isin(markers).astype(bool)
        converted = converted.where(present)
    return present, converted


def _trimmed(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    if not (pd.api.types.is_object_dtype(values) or pd.api.types.is_string_dtype(values)):
        return values
    return values.map(lambda value: value.strip() if isinstance(value, str) else value)


def final_types(valid: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return valid rows in numpy's types; nullable integers are ``Int64``, booleans ``boolean``."""
    plain = {"boolean": "bool", "integer": "int64", "category": "object", "text": "object"}
    nullable = {"boolean": "boolean", "integer": "Int64", "category": "object", "text": "object"}
    lacking = {name for name, column in problem.columns.items() if column.nullable}
    # A row without a target is one to predict.
    lacking |= {problem.target} if valid[problem.target].isna().any() else set()
    types = {
        name: (nullable if name in lacking else plain).get(column.type)
        for name, column in problem.columns.items()
    }
    valid = valid.astype({name: dtype for name, dtype in types.items() if dtype})
    texts = valid.select_dtypes("object")
    # One missing value for texts, None, also after a round trip through Parquet.
    return valid.assign(**texts.where(texts.notna(), None))


def _rule(value: Any, column: Column, source_format: SourceFormat) -> str:
    """Return what is allowed in place of a value of another type."""
    rule = f"allowed is {_allowed(column, source_format)}"
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


def _allowed(column: Column, source_format: SourceFormat) -> str:
    if column.type == "timestamp":
        notation = "in ISO 8601 (2024-05-31, 2024-05-31T12:00:00Z)"
        if column.time_format in EPOCH_UNITS:
            notation = f"as {column.time_format}, one unit in all rows,"
        elif column.time_format:
            notation = f"in the format {column.time_format}"
        skipped = f", not skipped by the clocks of {column.time_zone}" if column.time_zone else ""
        return f"a time {notation} {_SPAN}{skipped}"
    allowed = _ALLOWED[column.type]
    if column.type in ("integer", "number") and source_format.decimal != ".":
        return f"{allowed} with the decimal mark {source_format.decimal!r}"
    return allowed


def _convert(
    values: pd.Series, column: Column, source_format: SourceFormat, is_recent: bool | None
) -> pd.Series:
    """Return the values in the column's type, missing where they cannot be converted."""
    if column.type == "timestamp":
        return parse_times(values, column, is_recent)
    if column.type == "category":
        return _convert_categories(values, column.allowed or ())
    if column.type == "text":
        return _convert_categories(values.where(_is_exact(values)), ())
    if column.type == "boolean":
        truths = [parse_boolean(value) for value in values.tolist()]
        return pd.Series(truths, index=values.index, dtype="boolean")
    is_text = values.map(lambda value: isinstance(value, str)) if values.dtype == object else None
    if is_text is not None and is_text.any():
        values = values.copy()
        marked = with_points(values[is_text], source_format.decimal, source_format.thousands)
        values[is_text] = marked
    return parse_integers(values) if column.type == "integer" else parse_numbers(values)


def _is_exact(values: pd.Series) -> pd.Series:
    """Return which values stand for one text each: a float beyond 2^53 may be several integers."""
    if not pd.api.types.is_float_dtype(values):
        return pd.Series(True, index=values.index)
    return values.astype("Float64").abs().lt(MAX_EXACT_FLOAT).fillna(True).astype(bool)


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

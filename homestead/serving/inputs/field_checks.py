"""Checks of single fields: from a JSON value to the number that the model gets."""

import math
import sys
from collections.abc import Callable, Container
from typing import Any

from homestead.problem.entity_keys import MAX_EXACT_FLOAT, MAX_KEY, MIN_KEY
from homestead.problem.sections.column import Column
from homestead.problem.values.booleans import ALLOWED_BOOLEANS, parse_boolean
from homestead.problem.values.categories import category_text, stored_category
from homestead.problem.values.listing import list_values
from homestead.problem.values.time_readers import time_reader
from homestead.problem.values.times import ALLOWED_TIMES, is_allowed_time
from homestead.serving.errors import RefusedError
from homestead.serving.inputs.notation import with_notation

# Returns a value as the model's number; raises RefusedError without the field's name.
FieldCheck = Callable[[Any], float]
_MAX_FLOAT = sys.float_info.max
_ALLOWED = {
    "boolean": ALLOWED_BOOLEANS,
    "category": "a text",
    "text": "a text",
    "integer": "an integer",
    "number": "a number",
    "timestamp": f"an ISO 8601 time, {ALLOWED_TIMES}",
}


def column_check(column: Column) -> FieldCheck:
    """Return the check of a column's values; a text's number is a hash, for comparisons."""
    # In a table an empty field is a missing value.
    missing: Container[Any] = (None,)
    if column.type == "boolean":
        check: FieldCheck = _check_boolean
    elif column.type == "category" and column.allowed is not None:
        check = _category_check(column, column.allowed)
        missing = (None,) if "" in column.allowed else (None, "")
    elif column.type in ("category", "text"):
        # A category that no input of the model depends on has no values in the contract.
        check = _text_check(column)
        missing = (None, "")
    elif column.type == "timestamp":
        check = _timestamp_check(column)
    else:
        check = _range_check(column.type == "integer", number_limits(column))
    check = _null_check(check, column.nullable, _ALLOWED[column.type], missing)
    return with_notation(check, column)


def matrix_cell_check(column: Column) -> FieldCheck:
    """Return the check of a column's values in a matrix, which may also hold the model's codes."""
    check_value = column_check(column)
    if column.type in ("integer", "number"):
        return check_value
    if column.type == "timestamp":
        check_code: FieldCheck = _check_seconds
    else:
        check_code = _range_check(True, (0, len(column.allowed or ("false", "true")) - 1))

    def check(value: Any) -> float:
        return check_code(value) if type(value) in (int, float) else check_value(value)

    return check


def number_check(nullable: bool) -> FieldCheck:
    """Return the check of a feature that is not a column: any finite number is allowed."""
    return _null_check(_range_check(False, number_limits(None)), nullable, "a number")


def number_limits(column: Column | None) -> tuple[float, float]:
    """Return the smallest and the largest number of a field; None for one that is no column."""
    if column is not None and column.range is not None:
        return column.range
    if column is not None and column.type == "integer":
        # It still has to fit an entity's key.
        return MIN_KEY, MAX_KEY
    return -_MAX_FLOAT, _MAX_FLOAT


def describe_value(value: Any) -> str:
    """Return a short text that shows a JSON value in an error message."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        if len(value) == 1 and not isinstance(value[0], list | dict):
            return f"[{describe_value(value[0])}]"
        return "a list"
    if isinstance(value, str):
        return repr(_shorten(value))
    return _shorten(repr(value))


def row_place(row: int, row_count: int) -> str:
    """Return the beginning of a message about a row; a request of one row needs none."""
    return f"row {row}: " if row_count > 1 else ""


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _null_check(
    check: FieldCheck, nullable: bool, allowed: str, missing: Container[Any] = (None,)
) -> FieldCheck:
    def check_or_null(value: Any) -> float:
        if value not in missing:
            return check(value)
        if nullable:
            return math.nan
        raise RefusedError(400, "null", f"found {describe_value(value)}, allowed is {allowed}")

    return check_or_null


def _range_check(integer: bool, limits: tuple[float, float]) -> FieldCheck:
    low, high = limits
    allowed = _ALLOWED["integer" if integer else "number"]

    def check(value: Any) -> float:
        # The exact type, because booleans are integers in Python.
        if type(value) is not int and type(value) is not float:
            raise RefusedError(400, "type", f"found {describe_value(value)}, allowed is {allowed}")
        # Also refuses NaN and infinity.
        if not low <= value <= high:
            raise RefusedError(
                400, "range", f"found {describe_value(value)}, allowed is {low:.12g} to {high:.12g}"
            )
        if integer and value % 1:
            raise RefusedError(400, "type", f"found {describe_value(value)}, allowed is {allowed}")
        return float(value)

    return check


def _check_boolean(value: Any) -> float:
    meaning = parse_boolean(value)
    if meaning is None:
        raise RefusedError(
            400, "type", f"found {describe_value(value)}, allowed is {ALLOWED_BOOLEANS}"
        )
    return float(meaning)


def _category_check(column: Column, allowed: tuple[str, ...]) -> FieldCheck:
    codes = {text: float(code) for code, text in enumerate(allowed)}
    unseen = column.unseen_code if column.takes_unseen else None

    def check(value: Any) -> float:
        # As in a table, whose categories may be stored as numbers or booleans.
        text = category_text(value, codes) if type(value) in (int, float, bool) else value
        code = codes.get(text, unseen) if type(text) is str else None
        if code is None:
            listed = list_values(allowed, text)
            raise RefusedError(400, "type", f"found {describe_value(value)}, allowed are {listed}")
        return code

    return check


def _text_check(column: Column) -> FieldCheck:
    most = column.max_length if column.type == "text" else sys.maxsize
    limit = f"a text of up to {most} characters" if column.type == "text" else "a text"

    def check(value: Any) -> float:
        # A number that stands for one text alone, as tables may hold it.
        is_whole = type(value) is int or (
            type(value) is float and value % 1 == 0 and abs(value) < MAX_EXACT_FLOAT
        )
        text = str(int(value)) if is_whole else value
        if type(text) is not str or len(text) > most or "\0" in text:
            raise RefusedError(
                400,
                "type",
                f"found {describe_value(value)}, allowed is {limit} without the character 0",
            )
        return stored_category(text)

    return check


def _timestamp_check(column: Column) -> FieldCheck:
    read = time_reader(column.time_format, column.time_zone)
    form = f" or {column.time_format}" if column.time_format else ""
    allowed = f"an ISO 8601 time{form}, {ALLOWED_TIMES}"

    def check(value: Any) -> float:
        seconds = read(value)
        if seconds is None:
            raise RefusedError(400, "type", f"found {describe_value(value)}, allowed is {allowed}")
        return _check_span(seconds, value)

    return check


def _check_seconds(value: Any) -> float:
    return _check_span(_range_check(False, number_limits(None))(value), value)


def _check_span(seconds: float, value: Any) -> float:
    if not is_allowed_time(seconds):
        raise RefusedError(
            400, "range", f"found {describe_value(value)}, allowed is {ALLOWED_TIMES}"
        )
    return seconds

"""One field's value, as JSON delivers it, to the number that the model gets."""

import math
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from homestead.problem.parts import Column
from homestead.serving.errors import RefusedError

FieldCheck = Callable[[Any], float]
_LARGEST = sys.float_info.max


def column_check(column: Column) -> FieldCheck:
    """The check of a column's values; it raises RefusedError without the field's name."""
    kind = column.type
    if kind == "boolean":
        check: FieldCheck = _boolean
    elif kind == "category":
        check = _category(column.allowed or ())
    elif kind == "timestamp":
        check = _moment
    else:
        check = _number(kind == "integer", column.range)
    return _or_null(check, column.nullable, kind)


def matrix_cell_check(column: Column) -> FieldCheck:
    """As :func:`check_of`, for a place in a matrix: it takes the model's own codes, too."""
    natural = column_check(column)
    if column.type in ("integer", "number"):
        return natural
    last = {"boolean": 1, "category": len(column.allowed or ()) - 1}.get(column.type)
    code = _number(True, (0, last)) if last is not None else _number(False, None)

    def check(value: Any) -> float:
        return code(value) if type(value) in (int, float) else natural(value)

    return check


def number_check(nullable: bool) -> FieldCheck:
    """The check of a feature that is no column: any finite number."""
    return _or_null(_number(False, None), nullable, "a number")


def describe_value(value: Any) -> str:
    """A value as an error message shows it: short, whatever it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return (
            "a list"
            if len(value) != 1 or isinstance(value[0], list | dict)
            else f"[{describe_value(value[0])}]"
        )
    if isinstance(value, str):
        return repr(value if len(value) <= 60 else f"{value[:57]}...")
    text = (
        _WORDS.get(value, "") if value is None or value is True or value is False else repr(value)
    )
    return text if len(text) <= 60 else f"{text[:57]}..."


_WORDS = {True: "true", False: "false", None: "null"}


def _or_null(check: FieldCheck, nullable: bool, allowed: str) -> FieldCheck:
    def checked(value: Any) -> float:
        if value is not None:
            return check(value)
        if nullable:
            return math.nan
        raise RefusedError(400, "null", f"found null, allowed is {allowed}")

    return checked


def _number(whole: bool, limits: tuple[float, float] | None) -> FieldCheck:
    # Without limits an integer still has to fit the 64 bits of an entity's key.
    low, high = limits or ((-(2.0**63), 2.0**63 - 1024) if whole else (-_LARGEST, _LARGEST))

    def check(value: Any) -> float:
        kind = type(value)
        if kind is not int and kind is not float:
            allowed = "an integer" if whole else "a number"
            raise RefusedError(400, "type", f"found {describe_value(value)}, allowed is {allowed}")
        # Also refuses NaN and infinity.
        if not low <= value <= high:
            raise RefusedError(
                400, "range", f"found {describe_value(value)}, allowed is {low:.12g} to {high:.12g}"
            )
        if whole and value % 1:
            raise RefusedError(400, "type", f"found {describe_value(value)}, allowed is an integer")
        return float(value)

    return check


def _boolean(value: Any) -> float:
    if type(value) is not bool:
        raise RefusedError(400, "type", f"found {describe_value(value)}, allowed are true, false")
    return float(value)


def _category(allowed: tuple[str, ...]) -> FieldCheck:
    codes = {text: float(code) for code, text in enumerate(allowed)}

    def check(value: Any) -> float:
        if type(value) is not str or value not in codes:
            raise RefusedError(
                400, "type", f"found {describe_value(value)}, allowed are {', '.join(allowed)}"
            )
        return codes[value]

    return check


def _moment(value: Any) -> float:
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        raise RefusedError(
            400, "type", f"found {describe_value(value)}, allowed is an ISO 8601 time"
        ) from None

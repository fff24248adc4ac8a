"""Keys by which the online store is read, and the model's numbers for what it holds."""

import math
from collections.abc import Callable
from typing import Any

from homestead.problem.entity_keys import (
    MAX_EXACT_FLOAT,
    MAX_KEY,
    MIN_KEY,
    EntityKey,
    canonical_key,
)
from homestead.problem.sections.column import Column
from homestead.problem.values.categories import category_text, codes_of_stored
from homestead.serving.errors import RefusedError, StoreUnavailableError
from homestead.serving.inputs.field_checks import describe_value


def category_decoder(name: str, column: Column) -> Callable[[float], float]:
    """Return the function from a category as a view stores it to the model's code."""
    allowed = column.allowed or ()
    codes = codes_of_stored(allowed, is_open=column.is_open)

    def decode(stored: float) -> float:
        code = codes.get(stored)
        if code is not None:
            return code
        if column.takes_unseen:
            return unseen
        if column.unseen == "refuse":
            raise RefusedError(
                422, "unseen", f"{name}: the feature store holds a value that the model never saw"
            )
        raise StoreUnavailableError(
            f"{name}: the feature store holds the code {stored:g}, allowed are 0 to"
            f" {len(allowed) - 1}"
        )

    unseen = column.unseen_code
    return decode


def text_key(column: Column, given: Any, code: float) -> str | None:
    """Return the key of an entity that is a category or a text, None if it is missing.

    Args:
        given: the checked value of the request; None if a view stores it, which holds for listed
            categories only.
        code: the model's number for it.
    """
    allowed = column.allowed or ()
    if given is None:
        return None if math.isnan(code) else allowed[int(code)]
    text = given if isinstance(given, str) else category_text(given, allowed)
    text = text.strip() if column.trim else text
    return None if text not in allowed and text in ("", *column.missing) else text


def number_key(entity: str, value: Any) -> EntityKey | None:
    """Return the canonical form of a key that is a number.

    Raises:
        RefusedError: 400, the number may stand for several keys, or is none.
    """
    if type(value) is int and MIN_KEY <= value <= MAX_KEY:
        return value  # the usual case
    key = canonical_key(value)
    is_exact = key is None or (
        MIN_KEY <= int(key) <= MAX_KEY
        if isinstance(value, int)
        else abs(int(key)) <= MAX_EXACT_FLOAT
    )
    if not is_exact:
        raise RefusedError(
            400,
            "range",
            f"{entity}: found {describe_value(value)}, allowed is an integer of 64 bits; with a"
            f" decimal point, an exponent or derived, up to {MAX_EXACT_FLOAT}",
        )
    return key

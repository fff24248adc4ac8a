"""Booleans as tables and requests write them."""

from typing import Any

TRUE_WORDS = ("true", "1", "1.0", "yes")
FALSE_WORDS = ("false", "0", "0.0", "no")
ALLOWED_BOOLEANS = "true or false, also written 1 or 0, 'yes' or 'no'"
_MEANINGS = {**dict.fromkeys(TRUE_WORDS, True), **dict.fromkeys(FALSE_WORDS, False)}


def parse_boolean(value: Any) -> bool | None:
    """Return a value's meaning as a boolean, None if it has none; words in any case are allowed."""
    if isinstance(value, str):
        return _MEANINGS.get(value.strip().lower())
    if isinstance(value, bool | int | float):
        # 1, 1.0 and True are equal.
        return True if value == 1 else False if value == 0 else None
    return None

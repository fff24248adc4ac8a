"""The one canonical form of a key, whatever it came as: a JSON value, a table's cell, a number.

Two values are the same key exactly if their canonical forms are equal. Views, joins, the online
store, the release's share, the prediction log and its hashes all use this form.
"""

import math
import operator
from typing import Any

EntityKey = int | str
# As a problem file names them: a column, several, or none.
KeyColumns = str | tuple[str, ...] | None
# Keys are stored as signed 64-bit integers.
MIN_KEY, MAX_KEY = -(2**63), 2**63 - 1
# Beyond it a floating-point number may stand for several neighbouring integers.
MAX_EXACT_FLOAT = 2**53


def columns_of_key(key: KeyColumns) -> tuple[str, ...]:
    """Return the columns of a key, in order; none if there is no key."""
    if key is None:
        return ()
    return (key,) if isinstance(key, str) else key


def canonical_key(value: Any) -> EntityKey | None:
    """Return a key as text or as an exact integer; None for a missing one, which matches nothing.

    14 and 14.0 are one key, and so are True and 1. A number that is not whole, which only a
    derived key can be, counts as the whole number below it.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return str(value)
    try:
        # Before any conversion to a floating-point number, which ends at 2^53.
        return int(operator.index(value))
    except TypeError:
        pass
    try:
        whole: int = math.floor(value)
        return whole
    except (TypeError, ValueError, OverflowError):  # NaN, infinity, pandas' NA, no number at all
        return None


def key_text(value: Any) -> str | None:
    """Return a key's canonical form as text, None if the key is missing."""
    key = canonical_key(value)
    return None if key is None else str(key)

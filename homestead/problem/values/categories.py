"""Categories: their texts, their order, and the form in which feature views store them."""

import hashlib
import math
import re
from collections.abc import Container, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_DIGITS = re.compile(r"([0-9]+)")
# What a double holds exactly.
_STORED_BITS = 53


def category_text(value: Any, allowed: Container[str]) -> str:
    """Return the category that a number, a boolean or another value stands for.

    Of several ways to write the value, the one that is allowed: 2 for 2.0, unless only 2.0 is.
    """
    texts = [str(value)]
    if isinstance(value, bool | np.bool_):
        texts.append(str(value).lower())
    elif isinstance(value, int | np.integer):
        texts.append(f"{value}.0")
    elif isinstance(value, float | np.floating | Decimal) and value % 1 == 0:
        texts.insert(0, f"{value:.0f}")
    return next((text for text in texts if text in allowed), texts[0])


def stored_category(text: str) -> float:
    """Return the number by which feature views store a value of an open category.

    It depends on nothing but the text: a view is materialized at other times, and of other rows,
    than a model is trained. 53 bits of a hash, which a double holds exactly.
    """
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return float(int.from_bytes(digest) >> (64 - _STORED_BITS))


def codes_of_stored(allowed: Sequence[str], *, is_open: bool) -> dict[float, float]:
    """Return a model's code by the number that feature views store for a category.

    Open categories are stored by :func:`stored_category`, others as their position. Of a listed
    category either is understood: while a problem file changes from one to the other, the store
    may already hold hashes for a model that knows positions.

    Args:
        allowed: the model's categories, in the order of their codes.
        is_open: whether the model's column is open.
    """
    codes = {stored_category(text): float(code) for code, text in enumerate(allowed)}
    if not is_open:
        codes |= {float(code): float(code) for code in range(len(allowed))}
    return codes


def natural_order(text: str) -> tuple[tuple[float, str], ...]:
    """Return the key that sorts texts as people do: 9 before 10, and class_2 before class_10."""
    if _NUMBER.fullmatch(text):
        return ((float(text), text),)
    # Every second part is a run of digits. Others count as infinite, so that numbers come first.
    return tuple(
        (float(part) if position % 2 else math.inf, part)
        for position, part in enumerate(_DIGITS.split(text))
    )

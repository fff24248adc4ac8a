"""What stands for a missing value in a column, by its values."""

import re
from collections import Counter
from collections.abc import Iterable

from homestead.problem.values.missing_words import MISSING_WORDS

# Never a value of people; in a column of texts more than these may be one, such as NA or none.
_MARKS = ("?", "-", "--", ".", "..", "*", "#N/A", "#NA", "(null)", r"\N", "<NA>")
_WORDS = ("n/a", "na", "none", "null", "nil", "nan", "missing", "unknown", "not available")
_SENTINELS = (-9.0, -99.0, -999.0, -9999.0, -99999.0, 999.0, 9999.0, 99999.0, 999999.0)
_NUMBER = re.compile(r"\s*[+-]?([0-9]+[.,]?[0-9]*|[.,][0-9]+)([eE][+-]?[0-9]+)?\s*")
# A sentinel is at least this many times as far from 0 as all other values.
_DISTANCE = 5


def recognise_missing(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that stand for a missing value, most frequent first, as a column lists them.

    Among texts these are signs such as ``?``; among numbers words too, and numbers such as -999
    that occur more than once, far from all others. What the conversion takes for missing anyway
    (empty fields, ``NA`` among numbers) is not listed.

    Args:
        texts: the column's values, without empty ones.
    """
    counts = Counter(text.strip() for text in texts)
    counts.pop("", None)
    numbers = {text: count for text, count in counts.items() if _NUMBER.fullmatch(text)}
    others = Counter({text: count for text, count in counts.items() if text not in numbers})
    is_numeric = sum(numbers.values()) > others.total()
    if is_numeric:
        known = [t for t in others if t in _MARKS or t.casefold() in _WORDS]
        # One word or sign that all other values are numbers beside.
        if len(known) < len(others):
            known = [text for text in known if text in _MARKS]
        known += _sentinels(numbers)
    else:
        known = [text for text in counts if text in _MARKS]
    known = [text for text in known if not is_numeric or text not in MISSING_WORDS]
    return tuple(sorted(known, key=lambda text: (-counts[text], text)))


def _sentinels(numbers: dict[str, int]) -> list[str]:
    values = {text: float(text.replace(",", ".")) for text in numbers}
    return [
        text
        for text, value in values.items()
        if value in _SENTINELS
        and numbers[text] > 1
        and (rest := [other for other in values.values() if other != value])
        and len(rest) > 1
        and _stands_apart(value, rest)
    ]


def _stands_apart(value: float, rest: list[float]) -> bool:
    # -9 may be a value beside others below 0.
    if value < 0:
        return min(rest) >= 0 or value * _DISTANCE**-1 < min(rest)
    return max(rest) * _DISTANCE < value

"""Lists of allowed values in error messages, which stay short however many there are."""

import difflib
from bisect import bisect
from collections.abc import Collection, Iterator

_MAX_LISTED = 30
_MAX_CLOSE = 5
_MAX_TEXT = 60
# Comparing all of thousands of values would occupy a server for too long.
_NEIGHBOURS = 20


def list_values(values: Collection[str], found: object = None) -> str:
    """Return values as a message lists them: all, or of many the closest and their number.

    Args:
        found: what was found instead; if it is no text, the first values are listed.
    """
    if len(values) <= _MAX_LISTED:
        return ", ".join(values)
    close = _closest(values, found[:_MAX_TEXT]) if isinstance(found, str) else []
    shown = close or list(values)[:_MAX_CLOSE]
    kind = "the closest" if close else "the first"
    return f"{len(values):,} values, {kind}: {', '.join(shown)}"


def _closest(values: Collection[str], found: str) -> list[str]:
    """Return up to five similar values, best first, among those with the same beginning or end."""
    candidates = dict.fromkeys([*_neighbours(values, found, 1), *_neighbours(values, found, -1)])
    cased = {value.casefold()[:_MAX_TEXT]: value for value in candidates}
    close = difflib.get_close_matches(found.casefold(), cased, _MAX_CLOSE)
    return [cased[text] for text in close]


def _neighbours(values: Collection[str], found: str, step: int) -> Iterator[str]:
    """Yield the values around a text in their order, for a step of -1 by their letters reversed."""
    ordered = sorted((value.casefold()[::step], value) for value in values)
    place = bisect(ordered, (found.casefold()[::step],))
    for _, value in ordered[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS]:
        yield value

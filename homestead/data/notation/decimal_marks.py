"""Numbers in texts with other marks than a decimal point."""

import re

import pandas as pd

# Tables write these spaces and apostrophes for the ones on a keyboard.
_VARIANTS = {" ": " \u00a0\u202f", "'": "'’"}


def with_points(texts: pd.Series, decimal: str, thousands: str | None) -> pd.Series:
    """Return numbers with a decimal point and no other mark.

    A text that has the marks in other places is no number, and neither is one with a decimal point
    where another mark is declared: it becomes missing.

    Args:
        texts: shape (rows,), without missing values.
        decimal: the decimal mark.
        thousands: the mark between groups of three digits, None for none.
    """
    if decimal == "." and thousands is None:
        return texts
    fraction = rf"(?:{re.escape(decimal)}(?P<fraction>[0-9]*))?(?P<exponent>[eE][+-]?[0-9]+)?\s*"
    group = f"[{re.escape(_VARIANTS.get(thousands, thousands))}]" if thousands else ""
    grouped = rf"|[0-9]{{1,3}}(?:{group}[0-9]{{3}})+" if thousands else ""
    pattern = re.compile(rf"\s*(?P<sign>[+-]?)(?P<whole>[0-9]*{grouped}){fraction}")

    def plain(text: str) -> str | None:
        match = pattern.fullmatch(text)
        if match is None or not (match["whole"] or match["fraction"]):
            return None
        whole = re.sub("[^0-9]", "", match["whole"])
        return f"{match['sign']}{whole}.{match['fraction'] or '0'}{match['exponent'] or ''}"

    return texts.map(plain)

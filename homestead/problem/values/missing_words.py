"""What tables write for a missing value; a category's value may be any of the words."""

from collections.abc import Collection
from decimal import Decimal, InvalidOperation

MISSING_WORDS = ("NA", "N/A", "NaN", "nan", "null", "NULL", "None")


def marker_numbers(markers: Collection[str]) -> list[int | float]:
    """Return the numbers among markers, whole ones as integers."""
    numbers: list[int | float] = []
    for marker in markers:
        try:
            number = Decimal(marker.strip())
        except InvalidOperation:
            continue
        if number.is_finite():
            numbers.append(int(number) if number == int(number) else float(number))
    return numbers

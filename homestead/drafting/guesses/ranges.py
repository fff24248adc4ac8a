"""Ranges of numbers for a draft: wide enough that what is plausible but unseen is not refused."""

import math

_YEARS = (1500, 2100)
_STEPS = (1, 2, 5, 10)


def guess_range(low: float, high: float, is_whole: bool) -> tuple[float, float]:
    """Return a range about twice as wide as what was found, with round ends.

    It does not cross 0 if the values do not, is 0 to 1 for shares, and ends in 2100 for years.
    """
    if is_whole and low >= _YEARS[0] and high <= _YEARS[1]:
        return math.floor(low / 100) * 100, _YEARS[1]
    if not is_whole and low >= 0 and high <= 1:
        return 0, 1
    margin = max(high - low, abs(high), abs(low)) if low != high else max(abs(high), 1)
    start, end = low - margin, high + margin
    if low >= 0:
        start = 0
    elif high <= 0:
        end = 0
    return -_round_up(-start) if start < 0 else 0, _round_up(end) if end > 0 else 0


def _round_up(value: float) -> float:
    """Return the next larger of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    step = next(step for step in _STEPS if step * power >= value * (1 - 1e-12))
    rounded = float(f"{step * power:.15g}")
    return int(rounded) if rounded.is_integer() and rounded < 2**53 else rounded

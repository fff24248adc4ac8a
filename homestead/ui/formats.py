"""Formats of values for people: what has no value, is not a number, or lies some time back."""

import math
from datetime import UTC, datetime

from homestead.reports import wording

NOT_A_NUMBER = "not a number"


def number(value: object) -> str:
    """Return a number with about four digits; of NaN and infinity, that it is none."""
    if isinstance(value, float) and not math.isfinite(value):
        return NOT_A_NUMBER
    return wording.number(value)


def percent(share: float | None, digits: int = 1) -> str:
    """Return a share as a percentage; of NaN and infinity, that it is no number."""
    if share is not None and not math.isfinite(share):
        return NOT_A_NUMBER
    return wording.percent(share, digits)


def milliseconds(seconds: float | None) -> str:
    """Return a duration of 0.00123 s as 1.23 ms."""
    if seconds is None:
        return wording.number(None)
    text = number(seconds * 1000)
    return text if text == NOT_A_NUMBER else f"{text} ms"


def moment(seconds: float | None) -> str:
    """Return a time as 2026-11-27 13:40:05 in UTC."""
    at = _datetime(seconds)
    return wording.number(None) if at is None else at.strftime("%Y-%m-%d %H:%M:%S")


def clock(seconds: float, span_s: float) -> str:
    """Return a time as the axis of a chart shows it.

    Args:
        seconds: since 1970.
        span_s: what the whole axis spans; beyond two days the day counts more than the minute.
    """
    at = _datetime(seconds)
    if at is None:
        return ""
    return at.strftime("%H:%M" if span_s <= 2 * 86_400 else "%d %b")


def ago(seconds: float | None, now: float) -> str:
    """Return how long ago a time was: 3 min ago.

    Args:
        seconds: since 1970.
        now: seconds since 1970.
    """
    if seconds is None or not math.isfinite(seconds):
        return wording.number(None)
    passed_s = now - seconds
    # Clocks of machines differ a little.
    if abs(passed_s) < 10:
        return "just now"
    text = _largest_unit(abs(passed_s))
    return f"{text} ago" if passed_s > 0 else f"in {text}"


def _largest_unit(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _datetime(seconds: float | None) -> datetime | None:
    if seconds is None or not math.isfinite(seconds):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None

"""Times of requests, as the tables of a problem write them."""

from collections.abc import Callable
from typing import Any

from homestead.problem.values.time_formats import (
    EPOCH_UNITS,
    parse_formatted_time,
    seconds_since_epoch,
)
from homestead.problem.values.times import parse_time

# Texts in the ISO order of year and month, which a declared format may read in another one.
_ISO_BEGINNING = "%Y-"


def time_reader(time_format: str | None, time_zone: str | None) -> Callable[[Any], float | None]:
    """Return what reads a column's times in seconds since 1970-01-01 UTC, None for no time.

    ISO 8601 is always understood, unless the declared format might read it otherwise.
    """
    unit = EPOCH_UNITS.get(time_format or "")

    def read_text(value: Any) -> float | None:
        if not isinstance(value, str):
            return value / unit if unit and type(value) in (int, float) else None
        if time_format and not unit:
            moment = parse_formatted_time(value, time_format)
            if moment is not None:
                return seconds_since_epoch(moment, time_zone)
            if time_format.startswith(_ISO_BEGINNING):
                return None
        return parse_time(value, time_zone)

    return read_text

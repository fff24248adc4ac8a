"""Values as a problem's table writes them: declared times, markers of missing values, blanks."""

from collections.abc import Callable
from typing import Any

from homestead.problem.sections.column import Column
from homestead.problem.values.missing_words import marker_numbers
from homestead.problem.values.time_formats import (
    EPOCH_UNITS,
    parse_formatted_time,
    seconds_since_epoch,
)
from homestead.problem.values.times import parse_time

# Texts in the ISO order of year and month, which a declared format may read in another one.
_ISO_BEGINNING = "%Y-"


def missing_markers(column: Column) -> tuple[Any, ...]:
    """Return the texts and numbers that stand for a missing value of a column."""
    return (*column.missing, *marker_numbers(column.missing))


def with_notation(check: Callable[[Any], float], column: Column) -> Callable[[Any], float]:
    """Return a check that reads what a table of the problem means; most columns need no other."""
    markers = missing_markers(column)
    if not (markers or column.trim):
        return check

    def check_notation(value: Any) -> float:
        if column.trim and type(value) is str:
            value = value.strip()
        # A truth value equals a number.
        is_marker = type(value) in (str, int, float) and value in markers
        return check(None if is_marker else value)

    return check_notation


def time_reader(column: Column) -> Callable[[Any], float | None]:
    """Return what reads a column's times in seconds since 1970-01-01 UTC, None for no time.

    ISO 8601 is always understood, unless the declared format might read it otherwise.
    """
    time_format, time_zone = column.time_format, column.time_zone
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

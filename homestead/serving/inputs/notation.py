"""Values as a problem's table writes them: markers of missing values, and blanks."""

from collections.abc import Callable
from typing import Any

from homestead.problem.sections.column import Column
from homestead.problem.values.missing_words import marker_numbers


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

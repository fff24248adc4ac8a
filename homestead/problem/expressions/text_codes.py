"""Texts in expressions: the number that a column holds where a table says that text."""

import math
from collections.abc import Mapping

from homestead.problem.expressions.expression import Expression
from homestead.problem.sections.column import Column
from homestead.problem.values.booleans import parse_boolean
from homestead.problem.values.categories import stored_category
from homestead.problem.values.times import parse_time


def text_code(column: Column, text: str) -> float:
    """Return a column's number for a text; NaN, which equals nothing, if it has none."""
    if not column.has_numbers:
        return stored_category(text)
    if column.type == "category":
        allowed = column.allowed or ()
        return float(allowed.index(text)) if text in allowed else math.nan
    if column.type == "boolean":
        meaning = parse_boolean(text)
        return math.nan if meaning is None else float(meaning)
    seconds = parse_time(text) if column.type == "timestamp" else None
    return math.nan if seconds is None else seconds


def compile_derived(
    derived: Mapping[str, str], columns: Mapping[str, Column]
) -> dict[str, Expression]:
    """Return the expression of each derived column, in the order of computation.

    Args:
        derived: expressions by name.
        columns: columns of the source, whose texts the expressions may name.
    """

    def code(name: str, text: str) -> float:
        return text_code(columns[name], text)

    return {name: Expression(text, code) for name, text in derived.items()}

"""Checks of how rows are split."""

from collections.abc import Iterator

from homestead.problem.sections.fields import ProblemFields
from homestead.problem.sections.split import (
    ColumnSplit,
    RandomSplit,
    StratifiedSplit,
    TimeSplit,
)
from homestead.problem.validation.names import unless_allowed
from homestead.problem.values.listing import list_values


def split_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that the split's column is one that can say a row's part, group or stratum."""
    split = problem.split
    if isinstance(split, TimeSplit):
        if problem.timestamp is None:
            yield (
                "split: found times, but the problem has no timestamp; name one, or choose the"
                " kind random, stratified, grouped or column"
            )
        return
    if isinstance(split, RandomSplit) or split.column is None:
        return
    if isinstance(split, StratifiedSplit):
        yield from unless_allowed("split.column", split.column, problem.columns)
        return
    columns = [name for name in problem.columns if name != problem.target]
    yield from unless_allowed("split.column", split.column, columns)
    if isinstance(split, ColumnSplit):
        yield from _stated_part_errors(problem, split)


def _stated_part_errors(problem: ProblemFields, split: ColumnSplit) -> Iterator[str]:
    column = problem.columns.get(split.column)
    if column is None:
        return
    if column.type not in ("category", "boolean", "integer"):
        yield (
            f"split.column: column {split.column} is of type {column.type},"
            " allowed is category, boolean or integer"
        )
    if column.nullable:
        yield (
            f"columns.{split.column}.nullable: found true, but each row needs a part (split.column)"
        )
    if split.column in problem.features:
        yield f"features: {split.column} says a row's part (split.column), which is no input"
    parts = [*split.train, *split.validation, *split.holdout]
    for value in column.allowed or ():
        if value not in parts:
            yield (
                f"split: {split.column} allows {value!r}, which is in none of train, validation,"
                f" holdout; found are {list_values(parts)}"
            )

"""What is known of a column only when all of its values are: its type, and a time's unit."""

import difflib
from collections.abc import Callable, Iterator

import pandas as pd

from homestead.data.checking.batches import Batch, SourceTable
from homestead.data.checking.check_batch import ColumnCount
from homestead.data.column_types import convert_column
from homestead.data.notation.hints import notation_hint
from homestead.data.notation.times import count_recent
from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.problem.sections.column import Column
from homestead.problem.sections.source_format import SourceFormat
from homestead.problem.values.source_urls import source_place
from homestead.problem.values.time_formats import EPOCH_UNITS

# By column: times of usual years, and all times.
RecentTimes = dict[str, tuple[int, int]]


def count_recent_times(batch: Batch, problem: Problem) -> RecentTimes:
    """Return of each column with units since 1970 the times of usual years, and all times."""
    counts, source_format = {}, problem.format or SourceFormat()
    for name, column in _epoch_columns(problem).items():
        _, times, _ = convert_column(
            batch.series(name), name, column, source_format, is_recent=False
        )
        recent, all_times = count_recent(times)
        counts[name] = (int(recent), int(all_times))
    return counts


def recent_columns(
    source: SourceTable,
    problem: Problem,
    counted: Callable[[Iterator[Batch]], Iterator[RecentTimes]],
) -> dict[str, bool]:
    """Return whether most times of a column are of usual years, of columns with units since 1970.

    Only with all its values a column tells that some seem to be in another unit.

    Args:
        counted: yields :func:`count_recent_times` of each batch.
    """
    declared = _epoch_columns(problem)
    totals = dict.fromkeys(declared, (0, 0))
    for counts in counted(source.batches(declared)) if declared else ():
        for name, (recent, all_times) in counts.items():
            totals[name] = (totals[name][0] + recent, totals[name][1] + all_times)
    return {name: recent > all_times / 2 for name, (recent, all_times) in totals.items()}


def _epoch_columns(problem: Problem) -> dict[str, Column]:
    return {
        name: column
        for name, column in problem.columns.items()
        if column.type == "timestamp" and column.time_format in EPOCH_UNITS
    }


def require_types(columns: dict[str, ColumnCount], problem: Problem) -> None:
    """Raise a ``UserError`` with a line for each column of which no value can be read."""
    place, wrong = source_place(problem.source), []
    for name, count in columns.items():
        if count.is_wrong and count.first is not None:
            found = pd.Series(count.examples).infer_objects()
            hint = notation_hint(found, name, problem.columns[name])
            wrong.append(
                f"{place}: column {name}: found {count.first.found},"
                f" {count.first.rule}{f'; {hint}' if hint else ''}"
            )
    if wrong:
        raise UserError("\n".join(wrong))


def require_columns(source: SourceTable, problem: Problem) -> None:
    """Raise a ``UserError`` if a column of the problem is not there."""
    names = source.names
    missing = [name for name in problem.columns if name not in names]
    if not missing:
        return
    unknown = [name for name in names if name not in problem.columns]
    hints = []
    for name in missing:
        similar = difflib.get_close_matches(name, unknown, 1, 0.5)
        hints.append(f"{name} (perhaps renamed to {similar[0]})" if similar else name)
    raise UserError(
        f"{source_place(problem.source)}: missing column {', '.join(hints)};"
        f" found are {', '.join(names)}"
    )

"""What is known of a column only when all of its values are: its type, and a time's unit."""

import difflib

import pandas as pd

from homestead.data.checking.batches import SourceTable
from homestead.data.checking.check_batch import ColumnCount
from homestead.data.column_types import convert_column
from homestead.data.notation.hints import notation_hint
from homestead.data.notation.times import count_recent
from homestead.errors import UserError
from homestead.problem.schema import Problem
from homestead.problem.sections.source_format import SourceFormat
from homestead.problem.values.source_urls import source_place
from homestead.problem.values.time_formats import EPOCH_UNITS


def recent_columns(source: SourceTable, problem: Problem) -> dict[str, bool]:
    """Return whether most times of a column are of usual years, of columns with units since 1970.

    Only with all its values a column tells that some seem to be in another unit.
    """
    declared = {
        name: column
        for name, column in problem.columns.items()
        if column.type == "timestamp" and column.time_format in EPOCH_UNITS
    }
    counts = dict.fromkeys(declared, (0, 0))
    source_format = problem.format or SourceFormat()
    for batch in source.batches(declared) if declared else ():
        for name, column in declared.items():
            _, times, _ = convert_column(
                batch.series(name), name, column, source_format, is_recent=False
            )
            found = count_recent(times)
            counts[name] = (counts[name][0] + found[0], counts[name][1] + found[1])
    return {name: recent > all_times / 2 for name, (recent, all_times) in counts.items()}


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

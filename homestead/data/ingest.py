"""Ingest: read the source, check its rows against the problem, and quarantine the bad ones."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.data.bad_values import BadValue, list_bad_values
from homestead.data.column_types import convert_columns, final_types
from homestead.data.drop_rules import DroppedRows, drop_duplicates, drop_without_target
from homestead.data.duplicates import duplicate_rows
from homestead.data.row_rules import broken_rules
from homestead.data.tables import read_table
from homestead.errors import UserError
from homestead.problem.encoding import add_derived_columns
from homestead.problem.schema import Problem
from homestead.problem.values.source_urls import source_place

REASON_COLUMN = "reason"
MAX_LISTED = 5


@dataclass(frozen=True)
class CheckedRows:
    """Rows of a source, split by the problem's rules.

    Attributes:
        valid: good rows in the problem's column order and types, with derived columns, in the
            order of time, key and place in the file.
        quarantine: bad rows as read, with a column ``reason``; its index holds each row's place
            in the file, and its name what is counted, ``line`` or ``row``.
        bad_values: why the rows in quarantine are there, in the order of the rules.
        places: each row's place in the file, shape (rows,).
        without_target: number of valid rows without a target; no model is trained on them, and
            their features are there to predict them.
        dropped: rows that the problem's ``drop`` leaves out, by rule.
    """

    valid: pd.DataFrame
    quarantine: pd.DataFrame
    bad_values: list[BadValue]
    places: pd.Index
    without_target: int
    dropped: tuple[DroppedRows, ...]

    @property
    def rows(self) -> int:
        """The number of all rows."""
        return len(self.places)

    def __str__(self) -> str:
        """Return the numbers of valid, bad and dropped rows, in words."""
        unlabelled = f" ({self.without_target} without a target)" if self.without_target else ""
        dropped = "".join(f"; {rows}" for rows in self.dropped)
        return f"{len(self.valid)} valid rows{unlabelled}, {len(self.quarantine)} bad{dropped}"


@dataclass(frozen=True)
class IngestedRows(CheckedRows):
    """Checked rows, their source, and the SHA-256 of that file in hex."""

    source: str
    data_hash: str


def ingest(problem: Problem, max_listed: int | None = MAX_LISTED) -> IngestedRows:
    """Read the problem's source and check it.

    Args:
        max_listed: the number of lines about bad rows in an error; None for all.

    Raises:
        UserError: the source cannot be read, or :func:`check_rows` refuses it.
    """
    table, data_hash = read_table(problem.source, problem.format, problem.columns)
    checked = check_rows(table, problem, max_listed)
    return IngestedRows(**vars(checked), source=problem.source, data_hash=data_hash)


def check_rows(
    table: pd.DataFrame, problem: Problem, max_listed: int | None = MAX_LISTED
) -> CheckedRows:
    """Split the rows into valid and quarantined ones.

    Args:
        table: values as read; its index holds each row's place in the file, and its name what is
            counted, ``line`` or ``row``.
        max_listed: the number of lines about bad rows in an error; None for all.

    Raises:
        UserError: a column is missing or wholly of another type, no row is valid, or more are bad
            than ``problem.max_bad_row_share`` allows.
    """
    _require_columns(table, problem)
    places = table.index
    raw = table[list(problem.columns)].reset_index(drop=True)
    typed, bad = convert_columns(raw, problem.columns, source_place(problem.source), problem.format)
    # A value that cannot be converted is not also reported as missing.
    unreadable = {(value.row, value.column) for value in bad}
    positive = problem.target if problem.target_log else None
    may_lack = problem.columns[problem.target].model_copy(update={"nullable": True})
    rules = {**problem.columns, problem.target: may_lack}
    broken = broken_rules(typed, rules, positive)
    bad += [value for value in broken if (value.row, value.column) not in unreadable]
    is_missing = typed[problem.target].isna().to_numpy(bool)
    is_missing[[row for row, column in unreadable if column == problem.target]] = False
    dropped = [drop_without_target(is_missing, problem)]
    is_dropped = np.zeros(len(raw), dtype=bool)
    is_dropped[dropped[0].rows] = True
    bad = [value for value in bad if not is_dropped[value.row]]
    is_bad = _rows_of(bad, len(raw))
    dropped.append(drop_duplicates(typed[~is_bad & ~is_dropped], problem))
    is_dropped[dropped[1].rows] = True
    repeated = list(duplicate_rows(typed[~is_bad & ~is_dropped], problem))
    bad += repeated
    is_bad |= _rows_of(repeated, len(raw))
    if (is_bad | is_dropped).all() or is_bad.mean() > problem.max_bad_row_share:
        listed = "\n".join(f"  {line}" for line in list_bad_values(bad, places, max_listed))
        raise UserError(
            f"{source_place(problem.source)}: {is_bad.sum()} of {len(raw)} rows are bad, allowed is"
            f" a share of {problem.max_bad_row_share}:\n{listed}"
        )
    valid = final_types(typed[~is_bad & ~is_dropped], problem)
    if order := list(problem.identity_columns):
        valid = valid.sort_values(order, kind="stable")
    valid = valid.reset_index(drop=True)
    return CheckedRows(
        valid=add_derived_columns(valid, problem),
        quarantine=_quarantine(raw, bad, places),
        bad_values=bad,
        places=places,
        without_target=int(valid[problem.target].isna().sum()),
        dropped=tuple(rows for rows in dropped if len(rows.rows)),
    )


def _rows_of(bad: Iterable[BadValue], rows: int) -> np.ndarray:
    """Return which rows hold a bad value, shape (rows,)."""
    is_bad = np.zeros(rows, dtype=bool)
    is_bad[[value.row for value in bad]] = True
    return is_bad


def _quarantine(raw: pd.DataFrame, bad: list[BadValue], places: pd.Index) -> pd.DataFrame:
    reasons: dict[int, list[str]] = {}
    for value in bad:
        reasons.setdefault(value.row, []).append(str(value))
    rows = sorted(reasons)
    quarantine = raw.loc[rows].assign(**{REASON_COLUMN: ["; ".join(reasons[r]) for r in rows]})
    return quarantine.set_index(places[rows])


def _require_columns(table: pd.DataFrame, problem: Problem) -> None:
    missing = [name for name in problem.columns if name not in table]
    if not missing:
        return
    unknown = [str(name) for name in table.columns if name not in problem.columns]
    hints = []
    for name in missing:
        similar = difflib.get_close_matches(name, unknown, 1, 0.5)
        hints.append(f"{name} (perhaps renamed to {similar[0]})" if similar else name)
    raise UserError(
        f"{source_place(problem.source)}: missing column {', '.join(hints)};"
        f" found are {', '.join(map(str, table.columns))}"
    )

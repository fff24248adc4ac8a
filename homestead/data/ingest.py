"""Ingest: read the source, check its rows against the problem, and quarantine the bad ones."""

import difflib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.data.column_types import convert_columns, final_types
from homestead.data.row_rules import broken_rules
from homestead.data.tables import read_table
from homestead.errors import UserError
from homestead.problem.encoding import add_derived_columns
from homestead.problem.schema import Problem

REASON_COLUMN = "reason"


@dataclass(frozen=True)
class CheckedRows:
    """Rows of a source, split by the problem's rules.

    Attributes:
        valid: good rows in the problem's column order and types, with derived columns, in the
            order of time and key.
        quarantine: bad rows as read, with a column ``reason``.
        rows: the number of all rows.
    """

    valid: pd.DataFrame
    quarantine: pd.DataFrame
    rows: int


@dataclass(frozen=True)
class IngestedRows(CheckedRows):
    """Checked rows, their source, and the SHA-256 of that file in hex."""

    source: str
    data_hash: str


def ingest(problem: Problem) -> IngestedRows:
    """Read the problem's source and check it.

    Raises:
        UserError: the source cannot be read, or :func:`check_rows` refuses it.
    """
    table, data_hash = read_table(problem.source)
    checked = check_rows(table, problem)
    return IngestedRows(**vars(checked), source=problem.source, data_hash=data_hash)


def check_rows(table: pd.DataFrame, problem: Problem) -> CheckedRows:
    """Split the rows into valid and quarantined ones.

    Raises:
        UserError: a column is missing or wholly of another type, two rows share key and time, no
            row is valid, or more are bad than ``problem.max_bad_row_share`` allows.
    """
    _require_columns(table, problem)
    raw = table[list(problem.columns)].reset_index(drop=True)
    typed, reasons = convert_columns(raw, problem)
    for row, name, reason in broken_rules(typed, problem):
        # A value that cannot be converted is not also reported as missing.
        if not any(earlier.startswith(f"{name}:") for earlier in reasons[row]):
            reasons[row].append(f"{name}: {reason}")
    is_bad = np.array([bool(of_row) for of_row in reasons])
    quarantine = raw[is_bad].assign(
        **{REASON_COLUMN: ["; ".join(of_row) for of_row in reasons if of_row]}
    )
    if is_bad.mean() > problem.max_bad_row_share:
        first = quarantine[REASON_COLUMN].iloc[0]
        raise UserError(
            f"{problem.source}: {is_bad.sum()} of {len(raw)} rows are bad, allowed is a share of"
            f" {problem.max_bad_row_share}; the first, row {quarantine.index[0]}: {first}"
        )
    if is_bad.all():
        raise UserError(f"{problem.source}: none of {len(raw)} rows is valid: {reasons[0][0]}")
    valid = final_types(typed[~is_bad], problem)
    _require_distinct_keys(valid, problem)
    valid = valid.sort_values([problem.timestamp, problem.key], ignore_index=True)
    return CheckedRows(add_derived_columns(valid, problem), quarantine, len(raw))


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
        f"{problem.source}: missing column {', '.join(hints)};"
        f" found are {', '.join(map(str, table.columns))}"
    )


def _require_distinct_keys(valid: pd.DataFrame, problem: Problem) -> None:
    keys = [problem.key, problem.timestamp]
    duplicates = valid[valid.duplicated(keys, keep=False)]
    if len(duplicates):
        key, time = duplicates.iloc[0][keys]
        raise UserError(
            f"{problem.source}: {len(duplicates)} rows share {problem.key} and"
            f" {problem.timestamp}; the first is {key} at {time}; allowed is one"
        )

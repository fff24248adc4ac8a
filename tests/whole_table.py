"""Check of rows by pandas over the whole table at once: what checks in batches must agree with."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.data.bad_values import BadValue, format_value, list_bad_values
from homestead.data.column_types import convert_columns, final_types
from homestead.data.duplicates import list_identity
from homestead.data.row_rules import broken_rules
from homestead.errors import UserError
from homestead.problem.encoding import add_derived_columns
from homestead.problem.schema import Problem


@dataclass(frozen=True)
class WholeTable:
    """Result of a check; ``refusal`` is the error's text, and all else is empty then."""

    valid: pd.DataFrame
    quarantine: dict[object, str]
    lines: list[str]
    dropped: list[int]
    refusal: str = ""


def check_whole(table: pd.DataFrame, problem: Problem) -> WholeTable:
    """Check a table as :func:`homestead.data.ingest.check_rows` does, in the plainest way."""
    places = table.index
    raw = table[list(problem.columns)].reset_index(drop=True)
    try:
        typed, bad = convert_columns(raw, problem.columns, problem.source, problem.format)
    except UserError as error:
        return WholeTable(pd.DataFrame(), {}, [], [], str(error))
    unreadable = {(value.row, value.column) for value in bad}
    may_lack = problem.columns[problem.target].model_copy(update={"nullable": True})
    rules = {**problem.columns, problem.target: may_lack}
    broken = broken_rules(typed, rules, problem.target if problem.target_log else None)
    bad += [value for value in broken if (value.row, value.column) not in unreadable]
    gone = np.zeros(len(raw), dtype=bool)
    dropped = []
    if problem.drop.without_target:
        gone = typed[problem.target].isna().to_numpy(bool)
        gone[[row for row, column in unreadable if column == problem.target]] = False
        dropped.append(int(gone.sum()))
        bad = [value for value in bad if not gone[value.row]]
    is_bad = np.zeros(len(raw), dtype=bool)
    is_bad[[value.row for value in bad]] = True
    if rule := problem.drop.duplicates:
        left = typed[~is_bad & ~gone]
        if rule == "identical":
            repeated = left.duplicated(list(problem.columns))
        else:
            repeated = left.duplicated(list(problem.identity_columns), keep=rule)
        gone[left.index[repeated]] = True
        dropped.append(int(repeated.sum()))
    more = list(_shared(typed[~is_bad & ~gone], problem))
    bad += more
    is_bad[[value.row for value in more]] = True
    lines = list_bad_values(bad, places)
    if (is_bad | gone).all() or is_bad.mean() > problem.max_bad_row_share:
        listed = "\n".join(f"  {line}" for line in list_bad_values(bad, places, 5))
        text = (
            f"{problem.source}: {is_bad.sum()} of {len(raw)} rows are bad, allowed is a share of"
            f" {problem.max_bad_row_share}:\n{listed}"
        )
        return WholeTable(pd.DataFrame(), {}, [], [], text)
    valid = final_types(typed[~is_bad & ~gone], problem)
    if order := list(problem.identity_columns):
        valid = valid.sort_values(order, kind="stable")
    reasons: dict[object, str] = {}
    for value in sorted(bad, key=lambda value: value.row):
        place = places[value.row]
        reasons[place] = f"{reasons[place]}; {value}" if place in reasons else str(value)
    valid = add_derived_columns(valid.reset_index(drop=True), problem)
    return WholeTable(valid, reasons, lines, [count for count in dropped if count])


def _shared(rows: pd.DataFrame, problem: Problem) -> list[BadValue]:
    if not problem.key_columns:
        return []
    key, identity = problem.key_columns[0], list(problem.identity_columns)
    shared = rows[rows.duplicated(identity, keep=False)]
    is_repeated = shared.duplicated(list(problem.columns))
    differing = shared[~is_repeated]
    differing = differing[differing.duplicated(identity, keep=False)]
    other = f"other values than another row of this {list_identity(problem)}; allowed is one row"
    return [
        BadValue(int(row), key, format_value(value), rule)
        for rule, kind in (
            ("the row is identical to an earlier one", shared[is_repeated]),
            (other, differing),
        )
        for row, value in zip(kind.index, kind[key], strict=True)
    ]

"""Rows that share key and time: one of identical rows is valid, none of rows that differ.

Without a key nothing says that two rows are one, and all are valid.

Which of the rows that differ is right can't be known, and keeping any would make the training set
depend on their order. All others are bad rows and count against ``max_bad_row_share``.
"""

from collections.abc import Iterator

import pandas as pd

from homestead.data.bad_values import BadValue, format_value
from homestead.problem.schema import Problem


def duplicate_rows(rows: pd.DataFrame, problem: Problem) -> Iterator[BadValue]:
    """Yield a bad value, the key, for each row that repeats or contradicts another one.

    A key of several columns counts as a value of the first one.

    Args:
        rows: the columns in their types; its index holds each row's position.
    """
    if not problem.key_columns:
        return
    key, identity = problem.key_columns[0], list(problem.identity_columns)
    shared = rows[rows.duplicated(identity, keep=False)]
    is_repeated = shared.duplicated(list(problem.columns))
    repeated, differing = shared[is_repeated], shared[~is_repeated]
    differing = differing[differing.duplicated(identity, keep=False)]
    identified = list_identity(problem)
    kinds = {
        "the row is identical to an earlier one": repeated,
        f"other values than another row of this {identified}; allowed is one row": differing,
    }
    for rule, kind in kinds.items():
        for row, value in zip(kind.index, kind[key], strict=True):
            yield BadValue(int(row), key, format_value(value), rule)


def list_identity(problem: Problem) -> str:
    """Return the columns that identify a row, as a sentence lists them."""
    names = [*problem.key_columns, problem.timestamp]
    *others, last = dict.fromkeys(name for name in names if name is not None)
    return f"{', '.join(others)} and {last}" if others else last

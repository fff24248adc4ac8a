"""Rows that share key and time: one of identical rows is valid, none of rows that differ.

Which of the rows that differ is right can't be known, and keeping any would make the training set
depend on their order. All others are bad rows and count against ``max_bad_row_share``.
"""

from collections.abc import Iterator

import pandas as pd

from homestead.data.bad_values import BadValue, format_value
from homestead.problem.schema import Problem


def duplicate_rows(rows: pd.DataFrame, problem: Problem) -> Iterator[BadValue]:
    """Yield a bad value, the key, for each row that repeats or contradicts another one.

    Args:
        rows: the columns in their types; its index holds each row's position.
    """
    identity = [problem.key, problem.timestamp]
    shared = rows[rows.duplicated(identity, keep=False)]
    is_repeated = shared.duplicated(list(problem.columns))
    repeated, differing = shared[is_repeated], shared[~is_repeated]
    differing = differing[differing.duplicated(identity, keep=False)]
    kinds = {
        "the row is identical to an earlier one": repeated,
        f"other values than another row of this {problem.key} and {problem.timestamp};"
        " allowed is one row": differing,
    }
    for rule, kind in kinds.items():
        for row, key in zip(kind.index, kind[problem.key], strict=True):
            yield BadValue(int(row), problem.key, format_value(key), rule)

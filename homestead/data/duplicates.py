"""Rows that share key and time: one of identical rows is valid, none of rows that differ.

Without a key nothing says that two rows are one, and all are valid.

Which of the rows that differ is right can't be known, and keeping any would make the training set
depend on their order. All others are bad rows and count against ``max_bad_row_share``.
"""

from homestead.problem.schema import Problem

REPEATED = "the row is identical to an earlier one"


def differing_rule(problem: Problem) -> str:
    """Return why rows of one key and time that differ are bad."""
    return f"other values than another row of this {list_identity(problem)}; allowed is one row"


def list_identity(problem: Problem) -> str:
    """Return the columns that identify a row, as a sentence lists them."""
    names = [*problem.key_columns, problem.timestamp]
    *others, last = dict.fromkeys(name for name in names if name is not None)
    return f"{', '.join(others)} and {last}" if others else last

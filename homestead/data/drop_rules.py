"""Rows that the problem's ``drop`` leaves out: they are neither valid nor bad."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from homestead.data.duplicates import list_identity
from homestead.problem.schema import Problem


@dataclass(frozen=True)
class DroppedRows:
    """Rows that one rule of ``drop`` leaves out.

    Attributes:
        reason: what they have in common.
        rows: their positions in the table, from 0.
    """

    reason: str
    rows: np.ndarray

    def __str__(self) -> str:
        """Return the number of rows and the reason."""
        count = len(self.rows)
        return f"{count} {'row' if count == 1 else 'rows'} dropped: {self.reason}"


def drop_without_target(is_missing: np.ndarray, problem: Problem) -> DroppedRows:
    """Return the rows without a target, none unless the problem drops them.

    Args:
        is_missing: whether a row's target is missing, shape (rows,).
    """
    rows = np.flatnonzero(is_missing) if problem.drop.without_target else np.array([], np.int64)
    return DroppedRows("without a target", rows)


def drop_duplicates(rows: pd.DataFrame, problem: Problem) -> DroppedRows:
    """Return the rows that repeat another one, by the rule that the problem states.

    Args:
        rows: the columns in their types; its index holds each row's position.
    """
    rule = problem.drop.duplicates
    if rule is None:
        return DroppedRows("", np.array([], np.int64))
    if rule == "identical":
        reason, repeated = "identical to an earlier row", rows.duplicated(list(problem.columns))
    else:
        reason = f"not the {rule} row of its {list_identity(problem)}"
        repeated = rows.duplicated(list(problem.identity_columns), keep=rule)
    return DroppedRows(reason, rows.index[repeated].to_numpy())

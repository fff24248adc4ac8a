"""Rows with a target: those that a model is trained and judged on."""

from typing import overload

import pandas as pd

from homestead.data.checking.stored_rows import StoredRows
from homestead.problem.schema import Problem

_PLAIN_TYPES = {"Int64": "int64", "boolean": "bool"}


@overload
def labelled_rows(valid: pd.DataFrame, problem: Problem) -> pd.DataFrame: ...
@overload
def labelled_rows(valid: StoredRows, problem: Problem) -> StoredRows: ...
@overload
def labelled_rows(
    valid: pd.DataFrame | StoredRows, problem: Problem
) -> pd.DataFrame | StoredRows: ...
def labelled_rows(valid: pd.DataFrame | StoredRows, problem: Problem) -> pd.DataFrame | StoredRows:
    """Return the rows that have a target, the others left out.

    Args:
        valid: ingested rows. One without a target is one to predict: its features are in the views.

    Returns:
        The rows in their order, with an index from 0; the target in a type without missing values.
    """
    if isinstance(valid, StoredRows):
        return valid.with_value(problem.target)
    target = valid[problem.target]
    if target.notna().all():
        return valid
    rows = valid[target.notna()].reset_index(drop=True)
    plain = _PLAIN_TYPES.get(str(target.dtype), target.dtype)
    return rows.astype({problem.target: plain})

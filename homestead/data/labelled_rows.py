"""Rows with a target: those that a model is trained and judged on."""

import pandas as pd

from homestead.problem.schema import Problem

_PLAIN_TYPES = {"Int64": "int64", "boolean": "bool"}


def labelled_rows(valid: pd.DataFrame, problem: Problem) -> pd.DataFrame:
    """Return the rows that have a target, the others left out.

    Args:
        valid: ingested rows. One without a target is one to predict: its features are in the views.

    Returns:
        The rows in their order, with an index from 0; the target in a type without missing values.
    """
    target = valid[problem.target]
    if target.notna().all():
        return valid
    rows = valid[target.notna()].reset_index(drop=True)
    plain = _PLAIN_TYPES.get(str(target.dtype), target.dtype)
    return rows.astype({problem.target: plain})

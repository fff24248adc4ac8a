"""Training set: compute the views, join them point-in-time, and split the rows by time."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from homestead.data.labelled.training_rows import table_and_requests
from homestead.data.tables import write_parquet
from homestead.features.training_set import training_set
from homestead.features.views import view_tables, write_views
from homestead.problem.schema import Problem
from homestead.problem.split import SPLIT_COLUMN, SPLIT_NAMES


def build_training_set(
    problem: Problem, *, valid: Path, views: Path, dataset: Path, report: Callable[[str], None]
) -> list[str]:
    """Write views and training set, and return the names of the candidates to train on it.

    Args:
        valid: Parquet file of valid rows, labelled predictions marked.
        views: folder to write, one Parquet file for each feature view.
        dataset: Parquet file to write, with a column ``split``.

    Raises:
        UserError: a view's query fails or lacks a column.
    """
    table, rows = table_and_requests(pd.read_parquet(valid), problem)
    write_views(view_tables(table, problem), views)
    joined = training_set(rows, views, problem)
    write_parquet(joined, dataset)
    counts = joined[SPLIT_COLUMN].value_counts()
    others = len(rows) - len(joined)
    unlabelled = f"; {others} rows without a target are in the views" if others else ""
    report(", ".join(f"{name} {counts.get(name, 0)}" for name in SPLIT_NAMES) + unlabelled)
    return list(problem.candidates)

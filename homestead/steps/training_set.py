"""Training set: compute the views, join them point-in-time, and split the rows by time."""

from collections.abc import Callable
from pathlib import Path

from homestead.engine.buckets import count_rows
from homestead.features.training_set import write_training_set
from homestead.features.views import compute_views
from homestead.problem.schema import Problem
from homestead.problem.split import SPLIT_NAMES


def build_training_set(
    problem: Problem, *, valid: Path, views: Path, dataset: Path, report: Callable[[str], None]
) -> list[str]:
    """Write views and training set, and return the names of the candidates to train on it.

    Args:
        valid: Parquet file of valid rows in the order of time and key, labelled predictions marked.
        views: folder to write, one Parquet file for each feature view.
        dataset: Parquet file to write, with a column ``split``.

    Raises:
        UserError: a view's query fails or lacks a column.
    """
    compute_views(valid, views, problem, report)
    counts = write_training_set(valid, views, dataset, problem, report)
    others = count_rows(valid) - sum(counts.values())
    unlabelled = f"; {others} rows without a target are in the views" if others else ""
    report(", ".join(f"{name} {counts.get(name, 0)}" for name in SPLIT_NAMES) + unlabelled)
    return list(problem.candidates)

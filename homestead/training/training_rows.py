"""Rows of a training set as a training reads them: its columns alone."""

from pathlib import Path
from typing import TYPE_CHECKING

from homestead.problem.encoding import needed_columns
from homestead.problem.schema import Problem
from homestead.problem.split import SPLIT_COLUMN

if TYPE_CHECKING:
    import pandas as pd


def read_training_rows(dataset: Path, problem: Problem) -> "pd.DataFrame":
    """Read what a training reads of a training set: inputs, target, weights, time and split.

    Each column is given up by Arrow as soon as the frame has it.

    Args:
        dataset: Parquet file of the training set.
    """
    import pyarrow.parquet as pq

    # Values of categories are learnt also where only a view's key reads them.
    wanted = needed_columns([*problem.features, *problem.slices, *problem.derived], problem.derived)
    # Derived columns are computed from the others; weights are read as they are.
    wanted -= problem.derived.keys()
    wanted |= {problem.target, SPLIT_COLUMN, *problem.identity_columns}
    if problem.weights is not None and problem.weights.column:
        wanted.add(problem.weights.column)
    stored = [name for name in pq.read_schema(dataset).names if name in wanted]
    table = pq.read_table(dataset, columns=stored)
    frame: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    return frame

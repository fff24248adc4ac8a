"""Train: search, fit and export one candidate."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from homestead.problem.encoding import needed_columns
from homestead.problem.schema import Problem
from homestead.problem.split import SPLIT_COLUMN
from homestead.training.candidate_file import write_candidate
from homestead.training.search import train_candidate

if TYPE_CHECKING:
    import pandas as pd


def train_and_write_candidate(
    problem: Problem,
    candidate: str,
    seed: int,
    *,
    dataset: Path,
    model: Path,
    result: Path,
    report: Callable[[str], None],
) -> dict[str, float | None]:
    """Train a candidate, write its ONNX file and its result, and return its validation metrics.

    Args:
        candidate: a key of ``problem.candidates``.
        dataset: Parquet file of the training set.
        model: ONNX file to write.
        result: JSON file to write, for :func:`homestead.training.candidate_file.read_candidates`.

    Raises:
        UserError: the candidate cannot be fitted.
    """
    trained = train_candidate(
        candidate, read_training_rows(dataset, problem), problem, seed, report
    )
    write_candidate(trained, model, result)
    return {name: measured.value for name, measured in trained.validation.items()}


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

"""Train: search, fit and export one candidate."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from homestead.problem.schema import Problem
from homestead.training.candidate_file import write_candidate
from homestead.training.search import train_candidate


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
    trained = train_candidate(candidate, pd.read_parquet(dataset), problem, seed, report)
    write_candidate(trained, model, result)
    return {name: measured.value for name, measured in trained.validation.items()}

"""Train: search, fit and export one candidate, and log it in MLflow."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from homestead.errors import UserError
from homestead.features.feast_objects import definitions_hash
from homestead.files import write_bytes
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.tracking import runs, tags
from homestead.tracking.candidates import log_candidate
from homestead.training.candidate_summary import CandidateSummary
from homestead.training.search import train_candidate


def train_and_log_candidate(
    problem: Problem,
    settings: Settings,
    candidate: str,
    seed: int,
    pipeline_run: str,
    *,
    dataset: Path,
    model: Path,
    report: Callable[[str], None],
) -> CandidateSummary:
    """Train a candidate, write its ONNX file and log it as a child of the parent run.

    Args:
        candidate: a key of ``problem.candidates``.
        pipeline_run: finds the parent run. The local runner gives the tasks of a loop no named
            output of another task, so that the run's id cannot be passed.
        dataset: Parquet file of the training set.
        model: ONNX file to write.

    Raises:
        UserError: the candidate cannot be fitted, or the pipeline run has no parent run.
    """
    trained = train_candidate(candidate, pd.read_parquet(dataset), problem, seed, report)
    write_bytes(model, trained.onnx)
    mlflow = runs.open_client(settings)
    parent = runs.find_run(mlflow, problem.name, pipeline_run)
    if parent is None:
        raise UserError(f"pipeline run {pipeline_run}: no parent run in MLflow")
    run_tags = {
        tags.PROBLEM: problem.name,
        tags.DATA_HASH: parent.data.tags[tags.DATA_HASH],
        tags.COMMIT: runs.current_commit(),
        tags.FEATURES_HASH: definitions_hash(problem),
        tags.SEED: str(seed),
    }
    return log_candidate(mlflow, parent.info.run_id, problem, trained, run_tags)

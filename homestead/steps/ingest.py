"""Ingest: check the source's rows, describe them in a data sheet, and open the parent run."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from homestead.data.ingest import IngestedRows, ingest
from homestead.data.tables import write_parquet
from homestead.data.training_needs import require_trainable
from homestead.features.feast_objects import definitions_hash
from homestead.files import write_text
from homestead.names import DATA_SHEET_FILE, PROBLEM_FILE, QUARANTINE_FILE
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem
from homestead.reports.data_sheet import data_sheet_html
from homestead.settings import Settings
from homestead.steps.release import check_release_target
from homestead.tracking import runs, tags


@dataclass(frozen=True)
class StartedRun:
    """Parent run in MLflow, and the SHA-256 (hex) of the source's bytes it was started for."""

    run_id: str
    data_hash: str


def ingest_source(
    problem: Problem,
    settings: Settings,
    pipeline_run: str,
    *,
    valid: Path,
    quarantine: Path,
    data_sheet: Path,
    report: Callable[[str], None],
) -> StartedRun:
    """Check the source's rows, write the tables and the data sheet, and start the parent run.

    Args:
        pipeline_run: id of the pipeline run, by which later steps find the parent run.
        valid: Parquet file to write, the valid rows.
        quarantine: Parquet file to write, the bad rows as text with their line or row in
            the file and a column ``reason``.
        data_sheet: HTML file to write.

    Raises:
        UserError: the source cannot be read, breaks the problem's rules, or lacks what training
            needs; or the release plan could not be written after the training.
    """
    check_release_target(problem.name, settings)
    rows = ingest(problem)
    require_trainable(rows.valid, problem)
    report(f"{len(rows.valid)} valid rows, {len(rows.quarantine)} in quarantine")
    write_parquet(rows.valid, valid)
    write_parquet(_numbered(rows.quarantine).astype(str), quarantine)
    sheet = data_sheet_html(problem, rows, rows.data_hash, rows.source)
    write_text(data_sheet, sheet)
    run_id = _start_parent_run(problem, settings, pipeline_run, rows, sheet)
    return StartedRun(run_id, rows.data_hash)


def _start_parent_run(
    problem: Problem, settings: Settings, pipeline_run: str, rows: IngestedRows, sheet: str
) -> str:
    mlflow = runs.open_client(settings)
    run_tags = {
        tags.PIPELINE_RUN: pipeline_run,
        tags.PROBLEM: problem.name,
        tags.DATA_HASH: rows.data_hash,
        tags.SOURCE: rows.source,
        tags.COMMIT: runs.current_commit(),
        tags.FEATURES_HASH: definitions_hash(problem),
    }
    run_id = runs.start_run(mlflow, settings, problem, run_tags)
    mlflow.log_text(run_id, dump_problem(problem), PROBLEM_FILE)
    mlflow.log_text(run_id, sheet, DATA_SHEET_FILE)
    if len(rows.quarantine):
        table = _numbered(rows.quarantine).to_csv(index=False)
        mlflow.log_text(run_id, table, QUARANTINE_FILE)
    return run_id


def _numbered(quarantine: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with their places in the file as a column, ``file_line`` or ``file_row``."""
    return quarantine.reset_index(names=f"file_{quarantine.index.name}")

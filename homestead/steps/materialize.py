"""Materialize: load the latest values of the feature views into the online store."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from homestead.database.job_runs import record_job_run
from homestead.features.materialize import materialize
from homestead.features.source_views import compute_source_views
from homestead.names import DATA_SHEET_FILE, QUARANTINE_FILE
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.tracking import runs


def materialize_views(
    problem: Problem,
    settings: Settings,
    run_id: str,
    *,
    views: Path,
    quarantine: Path,
    data_sheet: Path,
    report: Callable[[str], None],
) -> None:
    """Update the online store, and log the data's documents in the parent run.

    The steps that wrote them log nothing, since a cache may serve them.

    Args:
        views: folder with one Parquet file for each view.
        quarantine: CSV file of bad rows; it is logged if there are any.
        data_sheet: HTML file.
    """
    _materialize(views, problem, settings, report)
    mlflow = runs.open_client(settings)
    mlflow.log_text(run_id, data_sheet.read_text(encoding="utf-8"), DATA_SHEET_FILE)
    bad_rows = quarantine.read_text(encoding="utf-8")
    if len(bad_rows.splitlines()) > 1:
        mlflow.log_text(run_id, bad_rows, QUARANTINE_FILE)


def materialize_source(problem: Problem, settings: Settings, report: Callable[[str], None]) -> None:
    """Update the online store from the source's current rows, and record the job's outcome.

    Raises:
        UserError: the source breaks the problem's rules, or a view's query fails.
    """
    with (
        record_job_run(settings, problem.name, "materialization"),
        tempfile.TemporaryDirectory() as folder,
    ):
        views = Path(folder)
        compute_source_views(problem, views, report)
        _materialize(views, problem, settings, report)


def _materialize(
    views: Path, problem: Problem, settings: Settings, report: Callable[[str], None]
) -> None:
    for name, entities in materialize(views, problem, settings).items():
        report(f"{name}: {entities} entities")

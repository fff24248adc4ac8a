"""Materialize: compute the feature views and load their latest values into the online store."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from homestead.data.ingest import ingest
from homestead.database.job_runs import record_job_run
from homestead.features.materialize import materialize
from homestead.features.views import view_tables, write_views
from homestead.problem.schema import Problem
from homestead.settings import Settings


def materialize_views(
    problem: Problem, settings: Settings, *, valid: Path, views: Path, report: Callable[[str], None]
) -> None:
    """Write the feature views of ingested rows and update the online store.

    Args:
        valid: Parquet file of valid rows.
        views: folder to write, one Parquet file for each view.

    Raises:
        UserError: a view's query fails or lacks a column.
    """
    _materialize(pd.read_parquet(valid), problem, settings, views, report)


def materialize_source(problem: Problem, settings: Settings, report: Callable[[str], None]) -> None:
    """Update the online store from the source's current rows, and record the job's outcome.

    Raises:
        UserError: the source breaks the problem's rules, or a view's query fails.
    """
    with (
        record_job_run(settings, problem.name, "materialization"),
        tempfile.TemporaryDirectory() as folder,
    ):
        _materialize(ingest(problem).valid, problem, settings, Path(folder), report)


def _materialize(
    valid: pd.DataFrame,
    problem: Problem,
    settings: Settings,
    views: Path,
    report: Callable[[str], None],
) -> None:
    write_views(view_tables(valid, problem), views)
    for name, entities in materialize(views, problem, settings).items():
        report(f"{name}: {entities} entities")

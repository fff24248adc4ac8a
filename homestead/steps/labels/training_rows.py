"""Labelled predictions of a training run: read from the log once, and recorded with the run."""

import hashlib
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from homestead.data.labelled.logged_rows import LoggedWriter, logged_values
from homestead.database.engine import WINDOW_READ_TIMEOUT_S, open_database
from homestead.names import LABELLED_ROWS_FILE
from homestead.prediction_log.labels.read_labelled import labelled_batches
from homestead.prediction_log.parquet.log import log_source
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.history.stored_models import StoredModels
from homestead.tracking import tags

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient


def record_labelled_rows(
    problem: Problem,
    settings: Settings,
    mlflow: "MlflowClient",
    run_id: str,
    report: Callable[[str], None],
) -> str:
    """Record labelled predictions as they are now in the run that is trained on them.

    Returns:
        The file's URI; '' if there are none, or the problem does not train on them.

    Raises:
        SQLAlchemyError: the log cannot be read.
    """
    if not problem.labels.train:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LABELLED_ROWS_FILE
        rows = write_logged_rows(problem, settings, mlflow, time.time(), path)
        if not rows:
            report("no labelled predictions yet")
            return ""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        mlflow.log_artifact(run_id, str(path))
    mlflow.set_tag(run_id, tags.LABELS_HASH, digest)
    report(f"{rows} labelled predictions {digest[:12]}")
    return f"{mlflow.get_run(run_id).info.artifact_uri.rstrip('/')}/{LABELLED_ROWS_FILE}"


def write_logged_rows(
    problem: Problem, settings: Settings, mlflow: "MlflowClient", now_s: float, path: Path
) -> int:
    """Write labelled predictions whose outcome was known at a time, oldest first.

    They are read and written in batches, so that memory does not depend on their number.

    Args:
        path: file to write, see :mod:`homestead.data.labelled.logged_rows`.

    Returns:
        How many there are.

    Raises:
        SQLAlchemyError: the log cannot be read.
    """
    engine = open_database(settings.database_url, WINDOW_READ_TIMEOUT_S)
    models = StoredModels(mlflow, problem.name)
    is_regression = problem.task == "regression"
    try:
        source = log_source(engine, settings.log_uri)
        batches = labelled_batches(source, problem, now=datetime.fromtimestamp(now_s, UTC))
        with LoggedWriter(path, is_regression=is_regression) as writer:
            for rows in batches:
                known = rows[rows.labelled_at <= now_s].reset_index(drop=True)
                writer.write(_told(known, models))
            return writer.rows
    finally:
        engine.dispose()


def _told(rows: "pd.DataFrame", models: StoredModels) -> "pd.DataFrame":
    """Return logged rows with what they tell of the source's columns."""
    values, reasons = [], []
    for digest, features in zip(rows.digest, rows.features, strict=True):
        model = models.of_digest(digest)
        values.append("{}" if model is None else logged_values(features, model.contract))
        reasons.append(models.why_missing(digest) if model is None else "")
    return rows.assign(values=values, reason=reasons)

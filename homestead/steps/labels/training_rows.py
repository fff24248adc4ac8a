"""Labelled predictions of a training run: read from the log once, and recorded with the run."""

import hashlib
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from homestead.data.labelled.logged_rows import LOGGED_COLUMNS, logged_values, write_logged
from homestead.database.engine import WINDOW_READ_TIMEOUT_S, open_database
from homestead.files import write_bytes
from homestead.names import LABELLED_ROWS_FILE
from homestead.prediction_log.labels.read_labelled import read_labelled
from homestead.prediction_log.parquet.log import log_source
from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.history.stored_models import StoredModels
from homestead.tracking import tags

if TYPE_CHECKING:
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
    rows = read_logged_rows(problem, settings, mlflow, time.time())
    if rows.empty:
        report("no labelled predictions yet")
        return ""
    content = write_logged(rows)
    digest = hashlib.sha256(content).hexdigest()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LABELLED_ROWS_FILE
        write_bytes(path, content)
        mlflow.log_artifact(run_id, str(path))
    mlflow.set_tag(run_id, tags.LABELS_HASH, digest)
    report(f"{len(rows)} labelled predictions {digest[:12]}")
    return f"{mlflow.get_run(run_id).info.artifact_uri.rstrip('/')}/{LABELLED_ROWS_FILE}"


def read_logged_rows(
    problem: Problem, settings: Settings, mlflow: "MlflowClient", now_s: float
) -> pd.DataFrame:
    """Return labelled predictions whose outcome was known at a time, oldest first.

    Their columns are :data:`homestead.data.labelled.logged_rows.LOGGED_COLUMNS`.

    Raises:
        SQLAlchemyError: the log cannot be read.
    """
    engine = open_database(settings.database_url, WINDOW_READ_TIMEOUT_S)
    try:
        rows = read_labelled(
            log_source(engine, settings.log_uri), problem, now=datetime.fromtimestamp(now_s, UTC)
        )
    finally:
        engine.dispose()
    rows = rows[rows.labelled_at <= now_s].reset_index(drop=True)
    models = StoredModels(mlflow, problem.name)
    values, reasons = [], []
    for digest, features in zip(rows.digest, rows.features, strict=True):
        model = models.of_digest(digest)
        values.append("{}" if model is None else logged_values(features, model.contract))
        reasons.append(models.why_missing(digest) if model is None else "")
    return rows.assign(values=values, reason=reasons)[list(LOGGED_COLUMNS)]

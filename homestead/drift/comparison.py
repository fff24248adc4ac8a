"""Drift: do the rows that are served still look like the rows the champion learnt from?"""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from homestead.database.drift_reports import write_drift_report
from homestead.drift.result import ColumnDrift, DriftResult, Verdict
from homestead.errors import NoChampionError, UserError
from homestead.files import write_text
from homestead.names import SNAPSHOT_FILE
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient


# A rise or fall of a column's share of missing values by this much is drift as well; Evidently
# compares only the values that are there.
_MISSING_SHIFT = 0.1


def drift_report(
    reference: "pd.DataFrame", current: "pd.DataFrame", problem: Problem
) -> DriftResult:
    """Compare a window of served rows with the champion's training rows.

    Both frames hold the model's inputs as numeric columns, NaN for missing, and may hold more.
    Each is sampled to ``problem.drift.max_rows``, with a fixed seed. A column without a single
    value in the window, though the training rows have some, counts as drifted. Sensitive features,
    whose values the log does not keep, are not compared.

    Raises:
        UserError: the schema is not the model's: names each column that is missing or not numeric.
    """
    settings = problem.drift
    rows = len(current)
    sensitive = Contract.of(problem).sensitive
    names = [name for name in problem.features if name not in sensitive]
    _check_schema("training snapshot", reference, names)
    if rows:
        _check_schema("prediction log", current, names)
    if rows < settings.min_rows or not names:
        return DriftResult("inconclusive", None, settings.max_drift_share, rows, [], "")
    old = _sampled(reference[names], settings.max_rows)
    new = _sampled(current[names], settings.max_rows)

    from homestead.drift.evidently import compare

    filled = [n for n in names if old[n].notna().any() and new[n].notna().any()]
    found, html = compare(old[filled], new[filled], problem) if filled else ({}, "")
    columns = [_with_missing(name, old[name], new[name], found.get(name)) for name in names]
    share = sum(column["drifted"] for column in columns) / len(columns)
    verdict: Verdict = "drift" if share > settings.max_drift_share else "no drift"
    return DriftResult(verdict, share, settings.max_drift_share, rows, columns, html)


def _check_schema(where: str, frame: "pd.DataFrame", names: Sequence[str]) -> None:
    import pandas as pd

    if absent := [name for name in names if name not in frame]:
        raise UserError(
            f"drift: the {where} has no column {', '.join(absent)};"
            f" found {', '.join(map(str, frame.columns)) or 'none'}; the model reads"
            f" {', '.join(names)}"
        )
    for name in names:
        if not pd.api.types.is_numeric_dtype(frame[name]) and frame[name].notna().any():
            raise UserError(
                f"drift: column {name} of the {where} is {frame[name].dtype}, allowed are numbers"
            )


def _sampled(frame: "pd.DataFrame", rows: int) -> "pd.DataFrame":
    import numpy as np

    part = frame.sample(rows, random_state=0) if len(frame) > rows else frame
    return part.astype("float64").replace([np.inf, -np.inf], np.nan).reset_index(drop=True)


def _with_missing(
    name: str, old: "pd.Series", new: "pd.Series", found: ColumnDrift | None
) -> ColumnDrift:
    shift = abs(float(new.isna().mean()) - float(old.isna().mean()))
    missing = ColumnDrift(
        name=name,
        score=shift,
        method="change of the share of missing values",
        drifted=shift >= _MISSING_SHIFT,
    )
    if found is None:  # no values in the window, in the snapshot, or in both
        return missing
    return found if found["drifted"] or not missing["drifted"] else missing


def check_drift(
    problem: Problem,
    settings: Settings,
    since: datetime | None = None,
    until: datetime | None = None,
    last: int | None = None,
) -> DriftResult:
    """Compare a window of the prediction log with the champion's training rows; keep the result.

    Args:
        since: start of the window, inclusive; UTC.
        until: end of the window, exclusive; UTC.
        last: only the newest rows of the window.

    Raises:
        UserError: as :func:`compare_with_champion`.
    """
    from homestead.database.engine import READ_TIMEOUT_S, open_engine
    from homestead.prediction_log.table import read_window

    settings.folder()
    engine = open_engine(settings.database_url, READ_TIMEOUT_S)
    try:
        window = read_window(engine, problem.name, since, until, last)
    finally:
        engine.dispose()
    return compare_with_champion(window, problem, settings)


def compare_with_champion(
    current: "pd.DataFrame", problem: Problem, settings: Settings
) -> DriftResult:
    """Compare served rows with the champion's snapshot, and keep the result.

    It goes to ``settings.home/reports/<problem>/drift`` (the newest), to the champion's run in
    MLflow below ``drift/<time>/`` (all), and, last, to the table ``drift_reports``, from which
    the servers' metrics are read.

    Args:
        current: the model's inputs as numeric columns.

    Raises:
        UserError: there is no champion, its run has no snapshot, or the schemas differ.
    """
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    from mlflow import MlflowClient

    from homestead.database.engine import open_engine
    from homestead.reports.drift_summary import drift_summary_html

    client = MlflowClient(settings.tracking_uri, settings.tracking_uri)
    version, run_id = _champion(client, problem.name)
    reference = _snapshot(client, run_id, version, problem.name)
    result = drift_report(reference, current, problem)
    at = datetime.now(UTC)
    facts = {"problem": problem.name, "version": version, **asdict(result)}
    del facts["html"]
    files = {
        "drift.json": json.dumps({**facts, "at": at.isoformat()}, indent=2) + "\n",
        "summary.html": drift_summary_html(result, problem, version, at, len(reference)),
        "evidently.html": result.html,
    }
    folder = settings.folder("reports", problem.name, "drift")
    for name, text in files.items():
        if not text:
            (folder / name).unlink(missing_ok=True)
            continue
        write_text(folder / name, text)
        client.log_artifact(run_id, str(folder / name), f"drift/{at:%Y%m%dT%H%M%S.%fZ}")
    engine = open_engine(settings.database_url)
    try:
        write_drift_report(engine, {**facts, "at": at.timestamp()})
    finally:
        engine.dispose()
    return result


def _champion(client: "MlflowClient", name: str) -> tuple[str, str]:
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_model_version_by_alias(name, "champion")
    except MlflowException as error:
        # An alias that is not there is an invalid parameter to MLflow, a model a missing resource.
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        raise NoChampionError(
            f"drift: the registry has no champion of {name}; train one first ({error.message})"
        ) from None
    return str(found.version), str(found.run_id)


def _snapshot(client: "MlflowClient", run_id: str, version: str, name: str) -> "pd.DataFrame":
    import tempfile

    import pandas as pd
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as folder:
        try:
            path = client.download_artifacts(run_id, SNAPSHOT_FILE, folder)
        except (MlflowException, OSError) as error:
            raise UserError(
                f"drift: version {version} of {name} has no {SNAPSHOT_FILE} in its run {run_id}: {error}"
            ) from None
        return pd.read_parquet(path)

"""Drift check: compares the prediction log with the champion's training rows, keeps the report."""

import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from homestead.database.drift_levels import spend_level
from homestead.database.drift_reports import write_drift_report
from homestead.database.engine import WINDOW_READ_TIMEOUT_S, open_database
from homestead.drift.calibrated import Calibration
from homestead.drift.comparison import measure_drift
from homestead.drift.level_spending import CheckLevel, month_of, next_level
from homestead.drift.result import DriftReport, DriftResult
from homestead.drift.served_rows import has_same_inputs, rows_as_inputs_of
from homestead.errors import NoChampionError, UserError
from homestead.files import write_text
from homestead.model.onnx_model import read_model
from homestead.names import DRIFT_FOLDER, DRIFT_REPORT_FILE, DRIFT_SUMMARY_FILE, SNAPSHOT_FILE
from homestead.prediction_log.parquet.log import log_source
from homestead.prediction_log.read_window import count_by_digest, read_window
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.reports.drift.page import ComparedRows, drift_summary_html
from homestead.reports.shelf import link_reports
from homestead.settings import Settings
from homestead.steps.drift.answers import ServedWindow, read_answers
from homestead.steps.drift.reports import row_of
from homestead.tracking import registry, runs

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient


def check_drift(
    problem: Problem,
    settings: Settings,
    since: datetime | None = None,
    until: datetime | None = None,
    last: int | None = None,
    now: datetime | None = None,
) -> DriftResult:
    """Compare a window of the prediction log with the champion's training rows; keep the report.

    Args:
        since: start of the window, inclusive; UTC.
        until: end of the window, exclusive; UTC.
        last: compare only the newest rows of the window.
        now: time of the check; by default the present time.

    Raises:
        UserError: as :func:`compare_with_champion`.
    """
    settings.folder()
    window = ServedWindow(since, until, last)
    engine = open_database(settings.database_url, WINDOW_READ_TIMEOUT_S)
    try:
        # A database that cannot be used is said before a champion that is not there.
        engine.connect().close()
        return compare_with_champion(engine, window, problem, settings, now)
    finally:
        engine.dispose()


def compare_with_champion(
    engine: sa.Engine,
    window: ServedWindow,
    problem: Problem,
    settings: Settings,
    now: datetime | None = None,
) -> DriftResult:
    """Compare served rows with the champion's training snapshot, and keep the report.

    Both are read by the contracts of the models, not by the problem file, which may have changed.

    The newest report is kept in ``settings.home/reports/<problem>/drift``, every report with the
    champion's run in MLflow under ``drift/<time>/`` and, last, in the table ``drift_reports``,
    from which the servers read their metrics.

    Args:
        engine: the database of the prediction log, the reports and the spent levels.
        now: time of the check; by default the present time.

    Raises:
        NoChampionError: the registry has no champion of the problem.
        UserError: the champion's run has no snapshot, its file can't be read, or the schemas
            differ.
    """
    mlflow = runs.open_existing(settings)
    champion = None if mlflow is None else registry.champion(mlflow, problem.name)
    if mlflow is None or champion is None:
        raise NoChampionError(
            f"drift: the registry has no champion of {problem.name}; train one first", problem.name
        )
    run_id = registry.version_run_id(mlflow, problem.name, champion.version)
    reference = _training_snapshot(mlflow, run_id, champion.version, problem.name)
    contract = read_model(champion.uri, champion.digest).contract
    limits = (window.since, window.until, window.last)
    log = log_source(engine, settings.log_uri)
    digests = count_by_digest(log, problem.name, *limits)
    contracts = _known_contracts(mlflow, problem.name, digests) | {champion.digest: contract}
    logged = read_window(
        log,
        problem.name,
        *limits,
        digests=[d for d, served in contracts.items() if has_same_inputs(served, contract)],
        sample=problem.drift.max_rows,
    )
    served = rows_as_inputs_of(contract, logged.inputs, contracts)
    at = datetime.now(UTC) if now is None else now
    calibration = None
    if problem.drift.calibrated and len(served) >= problem.drift.min_rows:
        calibration = Calibration(
            lambda window_hash: _spend(engine, problem, window_hash, at),
            *read_answers(log, mlflow, run_id, champion.digest, contract, problem, window, at),
        )
    result = measure_drift(
        reference, served, contract, problem.drift, calibration, rows=logged.rows
    )
    report = DriftReport.from_result(result, problem.name, champion.version, at)
    files = {
        DRIFT_REPORT_FILE: report.model_dump_json(indent=2) + "\n",
        DRIFT_SUMMARY_FILE: drift_summary_html(
            result,
            problem,
            ComparedRows(champion.version, reference, served, *(logged.span or ())),
            at,
        ),
        "evidently.html": result.html,
    }
    _write_files(files, mlflow, run_id, problem, settings, at)
    write_drift_report(engine, row_of(report))
    return result


def _spend(engine: sa.Engine, problem: Problem, window_hash: str, at: datetime) -> CheckLevel:
    monthly_level = problem.drift.false_alarms_per_month
    spent = spend_level(
        engine,
        problem.name,
        window_hash,
        at,
        month_of(at),
        monthly_level,
        lambda spent_level: next_level(at, spent_level, monthly_level),
    )
    return CheckLevel(spent.month, spent.level, spent.monthly_level, spent.spent)


def _known_contracts(
    mlflow: "MlflowClient", name: str, digests: Iterable[str]
) -> dict[str, Contract]:
    """Return the contracts of the registered models that answered, by digest."""
    contracts = {}
    for digest in digests:
        version = registry.version_of_digest(mlflow, name, digest)
        if version is not None:
            try:
                contracts[digest] = read_model(version.uri, digest).contract
            except UserError:
                continue  # deleted: nothing can tell what its rows mean
    return contracts


def _training_snapshot(
    mlflow: "MlflowClient", run_id: str, version: str, name: str
) -> "pd.DataFrame":
    import pandas as pd
    from mlflow.exceptions import MlflowException

    with tempfile.TemporaryDirectory() as folder:
        try:
            path = mlflow.download_artifacts(run_id, SNAPSHOT_FILE, folder)
        except (MlflowException, OSError) as error:
            raise UserError(
                f"drift: version {version} of {name} has no {SNAPSHOT_FILE} in its run {run_id}:"
                f" {error}"
            ) from None
        return pd.read_parquet(path)


def _write_files(
    files: dict[str, str],
    mlflow: "MlflowClient",
    run_id: str,
    problem: Problem,
    settings: Settings,
    at: datetime,
) -> None:
    """Write the report's files to the reports folder and to the run; delete those without text."""
    folder = settings.folder("reports", problem.name, DRIFT_FOLDER)
    for name, text in files.items():
        if not text:
            (folder / name).unlink(missing_ok=True)
            continue
        write_text(folder / name, text)
        mlflow.log_artifact(run_id, str(folder / name), f"{DRIFT_FOLDER}/{at:%Y%m%dT%H%M%S.%fZ}")
    link_reports(settings.home, problem.name)

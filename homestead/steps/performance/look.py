"""A look at the champion's performance on what it served; the report is kept."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from homestead.database.engine import WINDOW_READ_TIMEOUT_S, open_database
from homestead.database.performance_reports import count_performance_reports
from homestead.errors import NoChampionError, UserError
from homestead.files import write_text
from homestead.names import PERFORMANCE_FOLDER, PERFORMANCE_PAGE_FILE, PERFORMANCE_REPORT_FILE
from homestead.performance.make_report import Window, make_report
from homestead.performance.report import PerformanceReport
from homestead.performance.served_version import ServedVersion
from homestead.problem.contract import Contract
from homestead.problem.schema import Problem
from homestead.reports.performance.page import performance_html
from homestead.reports.shelf import link_reports
from homestead.settings import Settings
from homestead.steps.performance.stored_reports import newest_report, store_report
from homestead.steps.performance.versions import VersionReader
from homestead.tracking import registry, runs

if TYPE_CHECKING:
    from mlflow import MlflowClient


def look_at_performance(
    problem: Problem,
    settings: Settings,
    since: datetime | None = None,
    until: datetime | None = None,
    now: datetime | None = None,
) -> PerformanceReport:
    """Measure and estimate the champion's performance in a window, and keep the report.

    The newest report is kept in ``settings.home/reports/<problem>/performance``, every report with
    the champion's run in MLflow under ``performance/<time>/`` and, last, in the table
    ``performance_reports``, from which rules and the servers' metrics read.

    Args:
        since: start of the window, inclusive, UTC; by default ``performance.window_days`` before
            its end.
        until: end of the window, exclusive, UTC; by default now.
        now: time of the look; by default the present time.

    Raises:
        NoChampionError: the registry has no champion of the problem.
        UserError: the champion's file cannot be read, or the window is empty.
    """
    at = datetime.now(UTC) if now is None else now
    until = at if until is None else until.replace(tzinfo=until.tzinfo or UTC)
    if since is None:
        since = until - timedelta(days=problem.performance.window_days)
    since = since.replace(tzinfo=since.tzinfo or UTC)
    if since >= until:
        raise UserError(f"performance: the window begins at {since}, allowed is before {until}")
    settings.folder()
    with _database(settings) as engine:
        # A database that cannot be used is said before a champion that is not there.
        engine.connect().close()
    mlflow = runs.open_existing(settings)
    champion = None if mlflow is None else registry.champion(mlflow, problem.name)
    if mlflow is None or champion is None:
        raise NoChampionError(
            f"performance: the registry has no champion of {problem.name}; train one first",
            problem.name,
        )
    with _database(settings, WINDOW_READ_TIMEOUT_S) as engine:
        reader = VersionReader(problem, settings, mlflow, engine, since, until, at)
        own = reader.read(champion)
        others = reader.read_others(own)
        data_hash = _data_hash([own, *others])
        window = Window(
            since,
            until,
            at,
            look=_position(engine, problem.name, at, data_hash, own),
            data_hash=data_hash,
            notes=tuple(reader.notes),
        )
    report = make_report(_with_classes(problem, own.contract), own, others, window)
    run_id = registry.version_run_id(mlflow, problem.name, champion.version)
    _write_files(report, problem, mlflow, run_id, settings)
    with _database(settings) as engine:
        store_report(engine, report)
    return report


@contextmanager
def _database(settings: Settings, *timeout: float) -> Iterator[sa.Engine]:
    engine = open_database(settings.database_url, *timeout)
    try:
        yield engine
    finally:
        engine.dispose()


def _position(
    engine: sa.Engine, name: str, at: datetime, data_hash: str, champion: ServedVersion
) -> int:
    """Return the look's position among those of its day: that of the last look at the same data."""
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    before = newest_report(engine, name)
    same = (data_hash, champion.digest)
    if before and before.at >= midnight and (before.data_hash, before.digest) == same:
        return before.look
    return count_performance_reports(engine, name, midnight.timestamp()) + 1


def _data_hash(versions: list[ServedVersion]) -> str:
    digest = hashlib.sha256()
    for version in versions:
        digest.update(f"{version.digest} {version.predictions}\n".encode())
        for rows in (version.answered, version.labelled):
            digest.update(rows.at.tobytes())
            digest.update(rows.predictions.values.tobytes())
            digest.update(b"" if rows.y is None else rows.y.tobytes())
    return digest.hexdigest()


def _with_classes(problem: Problem, contract: Contract) -> Problem:
    """Return the problem with the classes of the champion, which it may leave to the rows."""
    if problem.task == "regression" or problem.classes == contract.classes:
        return problem
    target = problem.columns[problem.target].model_copy(update={"allowed": contract.classes})
    return problem.model_copy(update={"columns": {**problem.columns, problem.target: target}})


def _write_files(
    report: PerformanceReport,
    problem: Problem,
    mlflow: "MlflowClient",
    run_id: str,
    settings: Settings,
) -> None:
    folder = settings.folder("reports", problem.name, PERFORMANCE_FOLDER)
    files = {
        PERFORMANCE_REPORT_FILE: report.to_json(),
        PERFORMANCE_PAGE_FILE: performance_html(report, problem),
    }
    for name, text in files.items():
        write_text(folder / name, text)
        mlflow.log_artifact(
            run_id, str(folder / name), f"{PERFORMANCE_FOLDER}/{report.at:%Y%m%dT%H%M%S.%fZ}"
        )
    link_reports(settings.home, problem.name)

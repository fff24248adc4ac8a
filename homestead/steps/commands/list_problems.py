"""List problems: champion, its age and alerts of each, on this machine or on a cluster."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from mlflow.exceptions import MlflowException

from homestead.database.drift_reports import latest_drift_report
from homestead.database.engine import open_database
from homestead.database.job_runs import latest_job_runs
from homestead.deployment.problems.status import deployed_problems
from homestead.errors import UserError
from homestead.names import PROBLEM_FILE, RELEASE_PLAN_FILE
from homestead.problem.loader import parse_problem
from homestead.problem.sections.policies import Objectives
from homestead.release.plan import ModelVersion, parse_plan, read_plan
from homestead.settings import Settings
from homestead.tracking import runs
from homestead.tracking.lineage import training_run_id

_S_PER_MINUTE, _S_PER_HOUR, _S_PER_DAY = 60, 3600, 86_400
_NONE = "-"
_UNKNOWN = "?"


def local_problems(settings: Settings) -> list[str]:
    """Return a table of the problems that have been released in the home: a line for each.

    The alerts are those of the servers' metrics that the database tells of: drift, a failed job,
    a model that is too old.

    Raises:
        UserError: a release plan is not valid.
    """
    folder = settings.home / "release"
    rows = []
    engine = open_database(settings.database_url)
    try:
        for path in sorted(folder.glob(f"*/{RELEASE_PLAN_FILE}")):
            plan = read_plan(path)
            champion = plan.champion
            alerts = list(_local_alerts(settings, engine, plan.problem, champion))
            rows.append((plan.problem, champion.version, _age(champion), _listing(alerts)))
    finally:
        engine.dispose()
    return _table(("problem", "champion", "age", "alerts"), rows)


def cluster_problems(namespace: str = "") -> list[str]:
    """Return a table of the problems of a namespace, or of all namespaces: a line for each.

    Raises:
        UserError: no cluster answers, or it refuses.
    """
    rows = []
    for problem in deployed_problems(namespace):
        champion = None
        version = _NONE
        if problem.plan:
            try:
                champion = parse_plan(problem.plan, problem.name).champion
                version = champion.version
            except UserError:
                version = _UNKNOWN
        rows.append(
            (
                problem.namespace,
                problem.name,
                version,
                _age(champion),
                f"{problem.ready_servers}/{problem.servers}",
                _UNKNOWN if problem.alerts is None else _listing(problem.alerts),
            )
        )
    return _table(("namespace", "problem", "champion", "age", "servers", "alerts"), rows)


def _local_alerts(
    settings: Settings, engine: sa.Engine, problem: str, champion: ModelVersion
) -> Iterator[str]:
    report = latest_drift_report(engine, problem)
    if report and report.verdict == "drift":
        yield "HomesteadDrift"
    job_runs = latest_job_runs(engine, problem)
    for job in sorted({job for job, _ in job_runs}):
        if job_runs.get((job, "failed"), 0) > job_runs.get((job, "succeeded"), 0):
            yield f"HomesteadTaskFailed ({job})"
    if champion.created:
        confirmed_s = max(champion.created.timestamp(), job_runs.get(("training", "succeeded"), 0))
        limit_days = _objectives(settings, problem, champion).model_age_days
        if time.time() - confirmed_s > limit_days * _S_PER_DAY:
            yield "HomesteadModelTooOld"


def _objectives(settings: Settings, problem: str, champion: ModelVersion) -> Objectives:
    """Return the objectives that the champion was trained with."""
    try:
        mlflow = runs.open_client(settings)
        run_id = training_run_id(mlflow, problem, champion.version)
        return parse_problem(runs.read_text(mlflow, run_id, PROBLEM_FILE)).objectives
    except (UserError, MlflowException):
        # The run may have been deleted, or its file be one of an earlier version.
        return Objectives()


def _age(champion: ModelVersion | None) -> str:
    """Return how long ago a version was registered, in its largest unit."""
    if champion is None or champion.created is None:
        return _NONE
    age_s = (datetime.now(UTC) - champion.created).total_seconds()
    for unit, seconds in (("d", _S_PER_DAY), ("h", _S_PER_HOUR), ("min", _S_PER_MINUTE)):
        if age_s >= seconds:
            return f"{age_s // seconds:.0f} {unit}"
    return f"{max(age_s, 0):.0f} s"


def _listing(alerts: tuple[str, ...] | list[str]) -> str:
    return ", ".join(alerts) or _NONE


def _table(titles: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return ["there is no problem yet"]
    widths = [max(map(len, column)) for column in zip(titles, *rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (titles, *rows)
    ]

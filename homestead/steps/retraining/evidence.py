"""Reading what is known of a problem: newest reports, the champion's age, new labels."""

import sqlalchemy as sa

from homestead.database.job_runs import latest_job_runs
from homestead.drift.result import DriftReport
from homestead.performance.report import JudgedFigure, PerformanceReport
from homestead.prediction_log.labels.tables import LABELS
from homestead.problem.schema import Problem
from homestead.release.plan_store import open_plan_store
from homestead.retraining.evidence import Evidence, Finding
from homestead.settings import Settings
from homestead.steps.drift.reports import newest_drift_report
from homestead.steps.performance.stored_reports import newest_report
from homestead.steps.releases.records import ReleaseRecords

_HOLDS = {"harm": True, "fine": False, "inconclusive": None}
_SHOWN_COLUMNS = 3


def read_evidence(engine: sa.Engine, problem: Problem, settings: Settings) -> Evidence:
    """Return what the deployment's tables and release plan say now.

    Raises:
        UserError: the plan or a report cannot be read.
        SQLAlchemyError: the database cannot be read.
    """
    plan = open_plan_store(settings, problem.name).read()
    champion = None if plan is None else plan.champion
    created = None if champion is None else champion.created
    trained_at = latest_job_runs(engine, problem.name).get(("training", "succeeded"))
    times = [trained_at, None if created is None else created.timestamp()]
    confirmed_at = max((at for at in times if at is not None), default=None)
    report = newest_report(engine, problem.name)
    release = ReleaseRecords(engine, settings).ruling(problem.name)
    return Evidence(
        champion=None if champion is None else champion.version,
        measured_harm=_harm(report, None if report is None else report.measured),
        estimated_harm=_harm(report, None if report is None else report.estimated),
        drift=drift_finding(newest_drift_report(engine, problem.name)),
        confirmed_at=confirmed_at,
        new_labels=_count_labels(engine, problem, confirmed_at),
        release=release.id if release is not None and not release.has_ended else None,
    )


def _harm(report: PerformanceReport | None, judged: JudgedFigure | None) -> Finding | None:
    if report is None or judged is None:
        return None
    reason = f"version {report.version}: {judged.reason}"
    return Finding(report.at.isoformat(), report.version, _HOLDS[judged.verdict], reason)


def drift_finding(report: DriftReport | None) -> Finding | None:
    """Return what a check's calibrated verdict says; None if it has none."""
    if report is None or report.calibrated is None:
        return None
    found = report.calibrated
    names = [column.name for column in found.drifted]
    shown = ", ".join(names[:_SHOWN_COLUMNS])
    if len(names) > _SHOWN_COLUMNS:
        shown += f" and {len(names) - _SHOWN_COLUMNS} more"
    if not names and found.classifier.drifted:
        shown = "the inputs together"
    reason = (
        f"version {report.version}: {found.verdict} at p = {found.p_value:.2g},"
        f" level {found.level:.2g}" + (f": {shown}" if shown else "")
    )
    return Finding(report.at.isoformat(), report.version, found.verdict == "drift", reason)


def _count_labels(engine: sa.Engine, problem: Problem, since: float | None) -> int | None:
    """Return how many rows got their label after a time; None if nobody asks for it."""
    if since is None or problem.retraining is None or problem.retraining.new_labels is None:
        return None
    columns = LABELS.c
    statement = sa.select(sa.func.count()).where(
        columns.problem == problem.name, columns.received_at > since
    )
    with engine.connect() as connection:
        return connection.scalar(statement) or 0

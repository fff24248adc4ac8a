"""Alerts of a problem: from Prometheus if the settings name one, else from the database."""

from typing import Any

import sqlalchemy as sa

from homestead.database.drift_reports import DRIFT_REPORTS, latest_drift_report
from homestead.database.job_runs import latest_job_runs
from homestead.database.releases import RELEASES
from homestead.database.served_plans import read_served_plans
from homestead.prediction_log.tables import FEEDBACK_VERDICTS
from homestead.problem.schema import Problem
from homestead.release.record import ReleaseRecord
from homestead.release.transitions import desired_plan
from homestead.retraining.status import read_retraining
from homestead.steps.ui.alert_conditions import AlertFigures, evaluate_alerts
from homestead.steps.ui.prometheus import read_alerts
from homestead.steps.ui.readings import explain
from homestead.steps.ui.sources import Sources
from homestead.ui.views.watching import AlertsView

_DAY_S = 86_400


def read_alert_states(sources: Sources, problem: str) -> AlertsView | None:
    """Return the alerts, the firing ones first; None before the first release.

    Raises:
        UserError: the release plan is not valid.
        SQLAlchemyError: the database cannot be read.
        httpx.HTTPError: Prometheus cannot be read.
    """
    url = sources.settings.prometheus_url
    if url:
        order = {"firing": 0, "pending": 1, "quiet": 2}
        alerts = read_alerts(url, problem)
        return AlertsView(f"Prometheus at {url}", sorted(alerts, key=lambda a: order[a.state]))
    if not sources.has_database or sources.plan(problem) is None:
        return None
    figures, note = read_figures(sources, problem), ""
    try:
        described = sources.problem(problem)
    except Exception as error:
        # MLflow's stores have errors of their own. Alerts are worth more than their exact limits.
        described = _default_problem(problem)
        note = f"With default limits, since the problem file cannot be read: {explain(error)}"
    alerts, unknown = evaluate_alerts(described, figures, sources.clock())
    return AlertsView("the database", alerts, unknown, note)


def _default_problem(name: str) -> Problem:
    """Return a problem with the default limits, which is good for no more than alerts."""
    fields: dict[str, Any] = {"name": name}
    return Problem.model_construct(**fields)


def read_figures(sources: Sources, problem: str) -> AlertFigures:
    """Return the figures of the alerts' conditions.

    Raises:
        UserError: the release plan is not valid.
        SQLAlchemyError: the database cannot be read.
    """
    engine = sources.engine
    plan = sources.plan(problem)
    record = sources.records().ruling(problem)
    created = None if plan is None else plan.champion.created
    releases, verdicts = RELEASES.c, FEEDBACK_VERDICTS.c
    rolled_back = sa.select(sa.func.max(releases.ended_at)).where(
        releases.problem == problem, releases.state == "rolled_back"
    )
    feedback = (
        sa.select(verdicts.verdict, sa.func.count().label("messages"))
        .where(verdicts.problem == problem, verdicts.at >= sources.clock() - _DAY_S)
        .group_by(verdicts.verdict)
    )
    with engine.connect() as connection:
        inconclusive_since = _inconclusive_since(connection, problem)
        rolled_back_at = connection.scalar(rolled_back)
        counts = {row.verdict: row.messages for row in connection.execute(feedback)}
    return AlertFigures(
        drift=latest_drift_report(engine, problem),
        inconclusive_since=inconclusive_since,
        job_ends=latest_job_runs(engine, problem),
        champion_created=None if created is None else created.timestamp(),
        release=record,
        other_plans_since=_other_plans_since(sources, record),
        rolled_back_at=rolled_back_at,
        feedback=counts,
        retraining=read_retraining(engine, problem),
    )


def _inconclusive_since(connection: sa.Connection, problem: str) -> float | None:
    """Return the time of the first report after the last one with a verdict, None without one."""
    columns = DRIFT_REPORTS.c
    of_problem = columns.problem == problem
    told = (
        sa.select(sa.func.max(columns.at))
        .where(of_problem, columns.share.is_not(None))
        .scalar_subquery()
    )
    first = sa.select(sa.func.min(columns.at)).where(
        of_problem, columns.at > sa.func.coalesce(told, 0.0)
    )
    since: float | None = connection.scalar(first)
    return since


def _other_plans_since(sources: Sources, record: ReleaseRecord | None) -> float | None:
    """Return since when a server has another plan in effect than a release under way asks for."""
    wanted = None if record is None or record.has_ended else desired_plan(record)
    if record is None or wanted is None:
        return None
    times = [
        # It followed the plan of before until the step began.
        max(server.since or 0.0, record.step_since)
        for server in read_served_plans(sources.engine, record.problem)
        if server.is_alive and server.plan_digest != wanted.digest
    ]
    return min(times, default=None)

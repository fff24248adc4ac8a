"""The newest drift report, and the shares of earlier ones."""

import sqlalchemy as sa
from pydantic import ValidationError

from homestead.database.drift_reports import DRIFT_REPORTS, DriftReportRow, latest_drift_report
from homestead.drift.calibrated_result import CalibratedDrift
from homestead.names import DRIFT_SUMMARY_FILE
from homestead.steps.ui.addresses import report_address
from homestead.steps.ui.sources import Sources
from homestead.ui.views.box import Link
from homestead.ui.views.drift import DriftPoint, DriftView

_SHOWN_REPORTS = 120
_FILES = {DRIFT_SUMMARY_FILE: "report", "evidently.html": "Evidently's report"}


def read_drift(sources: Sources, problem: str) -> DriftView | None:
    """Return the newest drift report with the shares before it; None before the first check.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    if not sources.has_database:
        return None
    newest = latest_drift_report(sources.engine, problem)
    if newest is None:
        return None
    columns = DRIFT_REPORTS.c
    statement = (
        sa.select(columns.at, columns.share, columns.verdict, columns.rows)
        .where(columns.problem == problem)
        .order_by(columns.at.desc())
        .limit(_SHOWN_REPORTS)
    )
    with sources.engine.connect() as connection:
        rows = connection.execute(statement).mappings().all()
    folder = sources.settings.home / "reports" / problem / "drift"
    links = [
        Link(text, report_address(problem, f"drift/{name}"))
        for name, text in _FILES.items()
        if (folder / name).is_file()
    ]
    points = [DriftPoint(**row) for row in reversed(rows)]
    return DriftView(newest, points, links, _calibrated(newest))


def _calibrated(report: DriftReportRow) -> CalibratedDrift | None:
    """Return the calibrated verdict; None too if another version wrote it, in another form."""
    try:
        return CalibratedDrift.model_validate(report.calibrated)
    except ValidationError:
        return None

"""Drift reports as documents, read from the database."""

from datetime import UTC, datetime

import sqlalchemy as sa

from homestead.database.drift_reports import DriftReportRow, latest_drift_report
from homestead.drift.result import DriftReport


def newest_drift_report(engine: sa.Engine, problem: str) -> DriftReport | None:
    """Return the newest report of a problem, or None before its first check.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    row = latest_drift_report(engine, problem)
    return None if row is None else report_of(row)


def report_of(row: DriftReportRow) -> DriftReport:
    """Return the document of a row of the table ``drift_reports``."""
    return DriftReport.model_validate(
        {
            "problem": row.problem,
            "version": row.version,
            "verdict": row.verdict,
            "share": row.share,
            "threshold": row.threshold,
            "rows": row.rows,
            "columns": row.columns,
            "at": datetime.fromtimestamp(row.at, UTC),
            "calibrated": row.calibrated,
        }
    )


def row_of(report: DriftReport) -> DriftReportRow:
    """Return the row of a document for the table ``drift_reports``."""
    calibrated = report.calibrated
    return DriftReportRow(
        problem=report.problem,
        version=report.version,
        at=report.at.timestamp(),
        verdict=report.verdict,
        share=report.share,
        threshold=report.threshold,
        rows=report.rows,
        columns=[column.model_dump() for column in report.columns],
        calibrated=None if calibrated is None else calibrated.model_dump(mode="json"),
    )

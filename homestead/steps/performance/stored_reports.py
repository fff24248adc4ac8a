"""Performance reports in SQL: written after each look, read by whoever acts on them."""

import sqlalchemy as sa

from homestead.database.performance_reports import (
    PerformanceReportRow,
    newest_performance_report,
    write_performance_report,
)
from homestead.performance.report import Figure, PerformanceReport


def store_report(engine: sa.Engine, report: PerformanceReport) -> int:
    """Append a report and return its id."""
    return write_performance_report(engine, report_row(report))


def newest_report(engine: sa.Engine, problem: str) -> PerformanceReport | None:
    """Return the newest report of a problem, or None before its first look.

    Raises:
        UserError: a later version of Homestead wrote it, in a form that this one cannot read.
    """
    row = newest_performance_report(engine, problem)
    return None if row is None else PerformanceReport.from_json(row.document)


def report_row(report: PerformanceReport) -> PerformanceReportRow:
    """Return the row of a report."""
    measured, estimated = report.measured, report.estimated
    none = Figure(value=None, rows=0)
    of_labels, without = measured or none, estimated or none
    return PerformanceReportRow(
        problem=report.problem,
        version=report.version,
        at=report.at.timestamp(),
        metric=report.metric,
        promised=None if report.promised is None else report.promised.value,
        verdict=None if measured is None else measured.verdict,
        measured=of_labels.value,
        measured_low=of_labels.low,
        measured_high=of_labels.high,
        labelled_rows=of_labels.rows,
        estimated_verdict=None if estimated is None else estimated.verdict,
        estimated=without.value,
        estimated_low=without.low,
        estimated_high=without.high,
        document=report.to_json(),
    )

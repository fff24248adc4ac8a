"""Gauges of the newest performance report."""

from collections.abc import Iterator

import sqlalchemy as sa

from homestead.database.performance_reports import newest_performance_report
from homestead.monitoring.performance_metrics import BOUNDS, JUDGED, VERDICTS
from homestead.serving.background.metric_readings import GaugeReading


def read_performance_gauges(database: sa.Engine, problem: str) -> Iterator[GaugeReading]:
    """Yield the figures and verdicts of the newest report; nothing before the first.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    report = newest_performance_report(database, problem, with_document=False)
    if report is None:
        return
    intervals = {
        "promised": (report.promised, None, None),
        "measured": (report.measured, report.measured_low, report.measured_high),
        "estimated": (report.estimated, report.estimated_low, report.estimated_high),
    }
    for figure, values in intervals.items():
        for bound, value in zip(BOUNDS, values, strict=True):
            if figure != "promised" or bound == "value":
                yield GaugeReading("homestead_performance", (figure, bound), value)
    verdicts = (report.verdict, report.estimated_verdict)
    for figure, given in zip(JUDGED, verdicts, strict=True):
        for verdict in VERDICTS:
            is_given = None if given is None else float(verdict == given)
            yield GaugeReading("homestead_performance_verdict", (figure, verdict), is_given)
    yield GaugeReading("homestead_performance_labelled_rows", (), report.labelled_rows)
    yield GaugeReading("homestead_performance_checked_timestamp_seconds", (), report.at)

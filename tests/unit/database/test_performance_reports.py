"""The table of performance reports, on each kind of database."""

from dataclasses import replace

from homestead.database.engine import open_database
from homestead.database.performance_reports import (
    count_performance_reports,
    newest_performance_report,
    write_performance_report,
)
from homestead.steps.performance.stored_reports import newest_report, report_row, store_report
from tests.factories import performance_report


def test_the_newest_report_of_a_problem_is_read(database_url: str) -> None:
    engine = open_database(database_url)
    assert newest_performance_report(engine, "flats") is None
    assert newest_report(engine, "flats") is None
    report = performance_report()
    row = report_row(report)
    write_performance_report(engine, replace(row, at=row.at - 60, verdict="fine"))
    write_performance_report(engine, replace(row, at=row.at + 60, problem="other"))
    store_report(engine, report)
    assert newest_performance_report(engine, "flats") == row
    assert newest_report(engine, "flats") == report
    assert count_performance_reports(engine, "flats", row.at - 60) == 2
    assert count_performance_reports(engine, "flats", row.at) == 1
    engine.dispose()

"""The table of drift reports, on each kind of database."""

from homestead.database.drift_reports import latest_drift_report, write_drift_report
from homestead.database.engine import open_database
from tests.factories import drift_report_row


def test_the_newest_report_of_a_problem_is_read(database_url: str) -> None:
    engine = open_database(database_url)
    assert latest_drift_report(engine, "flats") is None
    columns = [{"name": "area", "score": None, "method": "ks", "drifted": False}]
    newest = drift_report_row(at=20.0, verdict="inconclusive", share=None, columns=columns)
    for row in (newest, drift_report_row(at=10.0), drift_report_row(problem="other", at=30.0)):
        write_drift_report(engine, row)
    assert latest_drift_report(engine, "flats") == newest
    engine.dispose()

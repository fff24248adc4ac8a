"""Drift reports are read from the database as they were written, calibrated or not."""

from homestead.database.drift_reports import write_drift_report
from homestead.database.engine import open_database
from homestead.steps.drift.reports import newest_drift_report, row_of
from tests.factories import calibrated_drift, drift_report_row


def test_the_newest_report_is_the_document_that_was_written(database_url: str) -> None:
    engine = open_database(database_url)
    assert newest_drift_report(engine, "flats") is None
    write_drift_report(engine, drift_report_row())
    plain = newest_drift_report(engine, "flats")
    assert plain is not None
    assert (plain.version, plain.share, plain.calibrated) == ("1", 0.5, None)
    later = plain.model_copy(
        update={"at": plain.at.replace(year=2026), "calibrated": calibrated_drift()}
    )
    write_drift_report(engine, row_of(later))
    assert newest_drift_report(engine, "flats") == later
    engine.dispose()

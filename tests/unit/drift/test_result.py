"""The drift report: what it says as JSON, and that older and newer files can be read."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from homestead.drift.result import ColumnDrift, DriftReport, DriftResult, Verdict

AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
# As the first releases wrote it.
OLD_FILE = {
    "problem": "flats",
    "version": "3",
    "verdict": "drift",
    "share": 0.5,
    "threshold": 0.3,
    "rows": 700,
    "columns": [
        {"name": "area", "score": 0.01, "method": "ks", "drifted": True},
        {"name": "age", "score": None, "method": "ks", "drifted": False},
    ],
    "at": "2026-11-20T12:30:00+00:00",
}


def test_a_report_has_the_keys_of_the_first_releases_and_its_version() -> None:
    columns = (
        ColumnDrift(name="area", score=0.01, method="ks", drifted=True),
        ColumnDrift(name="age", score=None, method="ks", drifted=False),
    )
    result = DriftResult("drift", 0.5, 0.3, 700, columns, "<html>")
    report = DriftReport.from_result(result, "flats", "3", AT)
    assert json.loads(report.model_dump_json()) == {"schema_version": 1, **OLD_FILE}
    assert DriftReport.model_validate_json(report.model_dump_json()) == report


def test_a_report_of_an_older_release_is_read() -> None:
    report = DriftReport.model_validate(OLD_FILE)
    assert (report.schema_version, report.at) == (1, AT)
    assert [column.name for column in report.columns if column.drifted] == ["area"]


def test_a_later_minor_version_is_read_and_another_schema_refused() -> None:
    later = DriftReport.model_validate({**OLD_FILE, "window": "7 days"})
    assert later == DriftReport.model_validate(OLD_FILE)
    with pytest.raises(ValidationError, match="schema_version"):
        DriftReport.model_validate({**OLD_FILE, "schema_version": 2})


@pytest.mark.parametrize(("verdict", "code"), [("no drift", 0), ("drift", 3), ("inconclusive", 4)])
def test_each_verdict_has_an_exit_code(verdict: Verdict, code: int) -> None:
    assert DriftResult(verdict, None, 0.3, 0).exit_code == code

"""The document of a performance report."""

import pytest

from homestead.errors import UserError
from homestead.performance.report import PerformanceReport
from tests.factories import performance_report


def test_a_report_survives_its_json_bit_by_bit() -> None:
    report = performance_report()
    assert PerformanceReport.from_json(report.to_json()) == report
    with pytest.raises(UserError, match=r"flats\.json: schema_version"):
        PerformanceReport.from_json(
            report.to_json().replace('"schema_version": 1', '"schema_version": 9'), "flats.json"
        )


def test_labels_decide_and_the_estimate_only_where_they_do_not_tell() -> None:
    harm = performance_report().measured
    assert harm is not None
    fine = harm.model_copy(update={"verdict": "fine", "reason": "as promised"})
    unclear = harm.model_copy(update={"verdict": "inconclusive", "reason": "the rows do not tell"})
    few = unclear.model_copy(update={"worse_by_low": None, "reason": "too few rows"})
    cases = [
        (harm, fine, "harm", "labels", 3),
        (fine, harm, "fine", "labels", 0),
        (unclear, harm, "harm", "estimate", 3),
        # What labels may show already, no estimate hides.
        (unclear, fine, "inconclusive", "labels", 4),
        (few, fine, "fine", "estimate", 0),
        (few, harm, "harm", "estimate", 3),
        (unclear, unclear, "inconclusive", "labels", 4),
        (None, harm, "harm", "estimate", 3),
        (None, None, "inconclusive", "labels", 4),
    ]
    for measured, estimated, verdict, basis, exit_code in cases:
        report = performance_report(measured=measured, estimated=estimated)
        assert (report.verdict, report.basis, report.exit_code) == (verdict, basis, exit_code)
        assert report.reason

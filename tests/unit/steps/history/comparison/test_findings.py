"""Findings of a comparison: what counts as a mismatch, and JSON."""

from homestead.steps.history.comparison.findings import FeatureParity, ParityReport


def test_values_within_the_lag_and_old_ones_are_no_mismatch() -> None:
    report = ParityReport(problem="homes", rows=3, stale_rows={"home": 2})
    report.features["area"] = FeatureParity(compared=3, equal=2, within_lag=1)
    assert not report.has_mismatch
    report.features["area"].mismatches["late"] = 1
    assert (report.has_mismatch, report.mismatched_values) == (True, 1)
    assert ParityReport.model_validate_json(report.model_dump_json()) == report


def test_a_prediction_that_differs_is_a_mismatch() -> None:
    assert ParityReport(problem="homes", predictions_different=1).has_mismatch


def test_notes_count_rows() -> None:
    report = ParityReport(problem="homes")
    report.add_note("no key", 2)
    report.add_note("no key", 3)
    assert report.notes == {"no key": 5}

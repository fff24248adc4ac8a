"""Summary page of a drift check: the verdict in words."""

from datetime import UTC, datetime

from homestead.drift.result import ColumnDrift, DriftResult
from homestead.reports.drift.page import drift_summary_html
from tests.factories import calibrated_drift, compared_column, flats_problem
from tests.report_pages import visible_text

AT = datetime(2024, 5, 1, tzinfo=UTC)


def page_of(result: DriftResult) -> str:
    return visible_text(drift_summary_html(result, flats_problem(), "4", AT, 900))


def test_too_few_rows_are_not_called_no_drift() -> None:
    page = page_of(DriftResult("inconclusive", None, 0.3, 7))
    assert "Inconclusive: too few rows." in page
    assert "The window holds 7 rows; at least 100 are needed." in page
    assert "No drift" not in page


def test_drifted_inputs_come_first_with_score_and_method() -> None:
    columns = tuple(
        ColumnDrift(name=name, score=0.7, method="standardised_wasserstein", drifted=name == "area")
        for name in ("age", "area")
    )
    page = page_of(DriftResult("drift", 0.5, 0.3, 20_000, columns, "<html>"))
    assert "no longer look like the training rows" in page
    assert "1 of 2 inputs drifted, 50.0%; more than 30.0% is drift" in page
    assert "20,000, sampled to 4,000" in page
    assert page.index("area drifted 0.7 Wasserstein distance") < page.index("age no drift")
    assert "Evidently" in page


def test_the_calibrated_verdict_is_told_with_changes_effects_and_the_level() -> None:
    outcome = compared_column("price", role="target", drifted=False, p_value=0.4, effect=0.03)
    columns = (compared_column("age", drifted=False, p_value=0.7), compared_column())
    calibrated = calibrated_drift(columns=columns, target=outcome)
    page = page_of(DriftResult("no drift", 0.0, 0.3, 500, (), "<html>", calibrated))
    assert "Drift that chance does not explain. area: higher (median 54 → 70)." in page
    assert "The smallest p-value is 6.0e-09, the level of this check 1.3e-05" in page
    assert "All checks of 2026-11 (UTC) together" in page
    assert "at most 1.0%" in page
    assert page.index("area drifted higher") < page.index("outcomes: price no drift")
    assert "all inputs together no drift" in page


def test_without_calibrated_tests_nothing_is_said_of_them() -> None:
    assert "Calibrated" not in page_of(DriftResult("no drift", 0.0, 0.3, 500))

"""Summary page of a drift check: the verdict in words."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from homestead.drift.result import ColumnDrift, DriftResult
from homestead.reports.drift.page import ComparedRows, drift_summary_html
from tests.factories import calibrated_drift, compared_column, flats_problem
from tests.report_pages import plot_count, visible_text

AT = datetime(2024, 5, 1, tzinfo=UTC)


def html_of(result: DriftResult, moved: float = 0.0) -> str:
    random = np.random.default_rng(0)
    reference = pd.DataFrame({"area": random.normal(60, 9, 900), "age": random.normal(30, 9, 900)})
    served = pd.DataFrame(
        {"area": random.normal(60 + moved, 9, 300), "age": random.normal(30, 9, 300)}
    )
    compared = ComparedRows("4", reference, served, AT - timedelta(days=2), AT)
    return drift_summary_html(result, flats_problem(), compared, AT)


def page_of(result: DriftResult, moved: float = 0.0) -> str:
    return visible_text(html_of(result, moved))


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
    assert page.index("area drifted 0.7 Wasserstein distance") < page.index("age no drift 0.7")
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
    assert page.index("area drifted 0.40 higher") < page.index("age no drift")
    assert "outcomes: price no drift" in page
    assert "all inputs together no drift" in page


def test_without_calibrated_tests_nothing_is_said_of_them() -> None:
    assert "p-value" not in page_of(DriftResult("no drift", 0.0, 0.3, 500))


def test_each_input_has_its_effect_and_direction_and_the_window_its_times() -> None:
    columns = tuple(
        ColumnDrift(name=name, score=0.7, method="ks", drifted=name == "area")
        for name in ("age", "area")
    )
    page = page_of(DriftResult("drift", 0.5, 0.3, 300, columns), moved=18.0)
    assert "from 2024-04-29 00:00 to 2024-05-01 00:00 UTC" in page
    assert "homestead retrain check" in page
    assert "area drifted 0.67 higher median 59.62 → 77.64" in page
    assert "1 of 2 inputs moved, most of all area (higher, median 59.62 → 77.64)" in page
    assert "Look whether area changed at the source" in page
    assert "homestead performance" in page


def test_the_sentence_follows_from_the_figures() -> None:
    columns = tuple(ColumnDrift(name="area", score=0.7, method="ks", drifted=d) for d in (True,))
    result = DriftResult("drift", 1.0, 0.3, 300, columns)
    up, down = (page_of(result, moved=moved) for moved in (18.0, -18.0))
    assert "most of all area (higher" in up
    assert "most of all area (lower" in down


def test_both_distributions_are_drawn_for_each_input() -> None:
    result = DriftResult(
        "no drift",
        0.0,
        0.3,
        300,
        (ColumnDrift(name="area", score=0.7, method="ks", drifted=False),),
    )
    html = html_of(result)
    assert plot_count(html) == 1
    assert {"training rows", "served rows"} <= set(re.findall(r">([^<>]+)</text>", html))

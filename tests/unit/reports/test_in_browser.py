"""Every report in a real browser: nothing overflows, and text of charts is legible on a phone."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from homestead.data.ingest import check_rows
from homestead.drift.result import ColumnDrift, DriftResult
from homestead.evaluation.certificate import CoverageSlice, IntervalCoverage
from homestead.evaluation.gate import HoldoutPredictions
from homestead.files import write_text
from homestead.problem.loader import parse_problem
from homestead.reports.backtest.page import backtest_html
from homestead.reports.backtest.result import Measured
from homestead.reports.data.data_sheet import data_sheet_html
from homestead.reports.drift.page import ComparedRows, drift_summary_html
from homestead.reports.lineage.page import lineage_html
from homestead.reports.models.comparison import comparison_html
from homestead.reports.models.model_card import model_card_html
from homestead.reports.performance.page import performance_html
from homestead.reports.shelf import keep_page
from tests.backtests import backtest_result
from tests.browser import DESKTOP, PHONE, Browser, opened_browser
from tests.factories import (
    calibrated_drift,
    compared_column,
    flats_problem,
    performance_report,
    signed_certificate,
    slice_result,
)
from tests.lineages import lineage_report
from tests.raw_flats import RAW_FLATS, raw_flats_rows
from tests.unit.reports.models.test_model_card import facts
from tests.unit.reports.performance.test_page import part, period
from tests.unit.reports.releases.test_page import begun
from tests.unit.reports.releases.test_page import page as release_page

# The smallest text that a chart may have, in pixels of the page.
MIN_TEXT_PX = 11.0
LONG = "a_name_that_nobody_shortened_before_it_came_here"
_SIZES = """
[...document.querySelectorAll("svg text")].filter(text => text.getClientRects().length).map(
  text => {
    const matrix = text.getScreenCTM();
    return parseFloat(getComputedStyle(text).fontSize) * Math.hypot(matrix.a, matrix.b);
  })
"""


def _comparison(names: tuple[str, ...]) -> str:
    actual = np.random.default_rng(0).lognormal(6, 0.5, 300)
    predictions = HoldoutPredictions(actual=actual, winner=actual * 1.1, champion=actual * 0.8)
    slices = tuple(slice_result(value=name, rows=900 // (n + 1)) for n, name in enumerate(names))
    parts = tuple(
        CoverageSlice(
            column="district", value=name, rows=90, covered=0.8, low=0.7, high=0.9, median_width=9.0
        )
        for name in names
    )
    coverage = IntervalCoverage(
        asked=0.9, covered=0.85, low=0.83, high=0.87, median_width=120.0, slices=parts
    )
    signed = signed_certificate(slices=slices, interval=coverage)
    return comparison_html(signed, predictions, flats_problem())


def _drift() -> str:
    random = np.random.default_rng(0)
    names = ("area", "age", LONG)
    reference = pd.DataFrame({name: random.normal(60, 9, 500) for name in names})
    served = pd.DataFrame({name: random.normal(75, 9, 200) for name in names})
    columns = tuple(ColumnDrift(name=n, score=0.01, method="ks", drifted=True) for n in names)
    calibrated = calibrated_drift(columns=tuple(compared_column(name) for name in names))
    at = datetime(2026, 3, 2, tzinfo=UTC)
    compared = ComparedRows("4", reference, served, at - timedelta(days=1), at)
    result = DriftResult("drift", 1.0, 0.3, 200, columns, "<html>", calibrated)
    return drift_summary_html(result, flats_problem(), compared, at)


def _performance() -> str:
    report = performance_report(
        timeline=tuple(period(day, 0.1 + day / 100, rows=9 * day + 3) for day in range(9)),
        slices=(part("north", 400, 0.2), part(LONG, 4, 0.5)),
    )
    return performance_html(report, flats_problem())


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Return the path of a page of each kind."""
    home = tmp_path_factory.mktemp("home")
    raw = parse_problem(RAW_FLATS)
    checked = check_rows(raw_flats_rows(), raw)
    problem = flats_problem()
    texts = {
        "comparison": _comparison(("north", "south", LONG)),
        "model_card": model_card_html(
            problem, signed_certificate(), facts(alpha="3"), {"area": 2.0, LONG: 1.0}
        ),
        "data_sheet": data_sheet_html(raw, checked, "f00d" * 16, f"{LONG}/flats.csv"),
        "summary": _drift(),
        "performance": _performance(),
        "backtest": backtest_html(backtest_result(Measured(value=-0.01, low=-0.02, high=0.0))),
        "release": release_page(
            problem, 3.0, begun("rolled_back", "worse", ended_at=1_764_000_400)
        ),
        "lineage": lineage_html(lineage_report()),
    }
    return {
        name: keep_page(home, "flats", name, f"{name}.html", html) for name, html in texts.items()
    } | {"index": home / "reports" / "index.html"}


@pytest.fixture(scope="module")
def browser(
    tmp_path_factory: pytest.TempPathFactory, program: Callable[[str, str], str]
) -> Iterator[Browser]:
    path = program("chromium", "chromium")
    with opened_browser(path, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_nothing_overflows_and_text_of_charts_is_legible(
    pages: Mapping[str, Path], browser: Browser, width: int
) -> None:
    faults = {}
    for name, path in pages.items():
        browser.open(path.as_uri(), width)
        found = browser.value("document.documentElement.scrollWidth")
        if found > width:
            faults[name] = f"{found} pixels wide"
        sizes = browser.value(_SIZES)
        if sizes and min(sizes) < MIN_TEXT_PX:
            faults[name] = f"text of {min(sizes):.1f} pixels"
        shown = browser.value(
            "[...document.querySelectorAll('figure.chart > div')]"
            ".filter(part => part.offsetWidth).length"
        )
        assert shown == browser.value("document.querySelectorAll('figure.chart').length"), name
    assert not faults


def test_the_test_sees_what_is_too_wide_or_too_small(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    write_text(
        page,
        '<!doctype html><meta name="viewport" content="width=device-width">'
        '<p style="width: 700px">wide</p><svg viewBox="0 0 900 90" width="390">'
        '<text style="font-size: 12px" y="20">small</text></svg>',
    )
    browser.open(page.as_uri(), PHONE)
    assert browser.value("document.documentElement.scrollWidth") > PHONE
    assert min(browser.value(_SIZES)) < MIN_TEXT_PX


def test_reports_are_small() -> None:
    # Whole pages with their charts, in bytes.
    assert len(_comparison(("north", "south"))) < 500_000
    assert len(_drift()) < 200_000

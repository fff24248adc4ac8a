"""Page base: escaped text, no gaps, the same header on each page."""

from datetime import UTC, datetime

import pytest
from jinja2 import UndefinedError

from homestead.reports.base_page import PageHeader, render
from tests.report_pages import visible_text


def test_an_undefined_variable_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError, match="problem"):
        render("drift_summary.html", PageHeader("flats"))


def test_the_header_names_problem_version_and_time() -> None:
    header = PageHeader("flats <b>", "version 4", datetime(2026, 11, 27, 17, 5, tzinfo=UTC))
    html = render("index.html", header, by_problem={})
    text = visible_text(html)
    assert "flats &lt;b&gt; version 4 written 2026-11-27 17:05 UTC" in text
    assert '<nav class="siblings"></nav>' in html

"""Pages as HTML."""

from homestead.ui.pages import PageFrame, error_html, overview_html, script, style_sheet
from homestead.ui.views.box import Box, ProblemCard
from tests.report_pages import loads_from_network, visible_text

FRAME = PageFrame("home <b>", 1_800_000_000.0)
HTML = '<script>alert("1")</script>'


def test_styles_are_those_of_the_reports_and_the_page_s_own() -> None:
    styles = style_sheet().decode()
    assert "--accent" in styles
    assert ".verdict" in styles
    assert ".chart" in styles


def test_the_script_is_small_and_waits_for_nothing_from_elsewhere() -> None:
    text = script().decode()
    assert len(text) < 5000
    assert "://" not in text
    assert "innerHTML = " not in text


def test_an_error_is_text_and_does_not_update_itself() -> None:
    page = error_html(FRAME, HTML, HTML)
    assert "<script>" not in page
    assert 'data-refresh="0"' in page
    assert "home &lt;b&gt;" in page


def test_a_card_shows_what_can_be_read_and_why_the_rest_cannot() -> None:
    boxes = {
        "models": Box("models", "", is_pending=True),
        "alerts": Box("alerts", "", error=HTML, read_at=1.0),
        "release": Box("release", "", read_at=1.0),
        "drift": Box("drift", "", error=HTML, read_at=1.0),
        "traffic": Box("traffic", "", read_at=1.0),
    }
    page = overview_html(FRAME, [ProblemCard(HTML, boxes)])
    assert "<script>" not in page
    text = visible_text(page)
    assert "alerts unknown" in text
    assert "Release none yet" in text
    assert "Requests, 24 h none yet" in text
    assert "data-pending" in page


def test_a_page_loads_nothing_from_elsewhere() -> None:
    page = overview_html(FRAME, []).replace('<script src="/static/page.js"></script>', "")
    assert not loads_from_network(page)
    assert "style=" not in page

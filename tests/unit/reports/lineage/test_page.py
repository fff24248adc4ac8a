"""The page of a lineage: the whole way, readable and safe whatever names it holds."""

from homestead.reports.lineage.page import lineage_html
from homestead.reports.lineage.text import lineage_lines
from tests.lineages import lineage_report
from tests.report_pages import loads_from_network, visible_text

_EVIL = '<script>alert("x")</script>" onmouseover="alert(1)'


def test_the_page_shows_every_station_of_the_way() -> None:
    page = visible_text(lineage_html(lineage_report()))
    for text in (
        *("Data", "Feature definitions", "Training set", "Code", "Training run", "Candidate run"),
        *("Version", "Certificate", "Release", "Predictions", "Labels"),
        *("12,345 rows", "7 as a shadow", "1.5, no value", "order 7", "nightly", "ab" * 32),
        "Other versions of the same data: 1, 2",
    ):
        assert text in page
    assert not loads_from_network(lineage_html(lineage_report()))


def test_names_with_html_are_escaped_wherever_they_stand() -> None:
    html = lineage_html(lineage_report(_EVIL))
    assert "<script" not in html
    assert 'onmouseover="' not in html
    assert html.count("&lt;script&gt;") >= 10


def test_without_a_version_the_page_says_why() -> None:
    report = lineage_report().model_copy(
        update={"kind": "data", "prediction": None, "versions": (), "notes": ()}
    )
    assert "No version was registered from this data." in visible_text(lineage_html(report))
    assert next(iter(lineage_lines(report))) == "Other trainings on this data"

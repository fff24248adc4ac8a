"""Shelf of reports: they lead to each other and to an index, as files too."""

import re
from pathlib import Path

from homestead.reports.base_page import PageHeader, render
from homestead.reports.index import read_index
from homestead.reports.shelf import keep_page, link_reports


def page(problem: str = "flats") -> str:
    return render("index.html", PageHeader(problem), by_problem={}).replace(
        "</main>", 'See <a class="sibling" data-kind="Performance">performance</a>.</main>'
    )


def links_of(path: Path) -> dict[str, Path]:
    """Return the files that a page leads to, by the link's text."""
    found = re.findall(r'href="([^"#:]+)"[^>]*>([^<]+)</a>', path.read_text())
    return {text: (path.parent / href.replace("%20", " ")).resolve() for href, text in found}


def test_the_newest_reports_lead_to_each_other_as_files(tmp_path: Path) -> None:
    drift = keep_page(tmp_path, "flats", "drift", "summary.html", page())
    assert set(links_of(drift)) == {"All reports"}
    looked = keep_page(tmp_path, "flats", "performance", "performance.html", page())
    keep_page(tmp_path, "houses", "drift", "summary.html", page("houses"))
    assert links_of(drift)["Performance"] == looked.resolve()
    assert links_of(drift)["performance"] == looked.resolve()
    assert links_of(looked)["Drift"] == drift.resolve()
    assert all(path.is_file() for path in links_of(drift).values())
    index = links_of(drift)["All reports"]
    assert {"Drift", "Performance"} <= set(links_of(index))
    assert all(path.is_file() for path in links_of(index).values())


def test_a_link_to_a_report_that_is_gone_is_text_again(tmp_path: Path) -> None:
    drift = keep_page(tmp_path, "flats", "drift", "summary.html", page())
    looked = keep_page(tmp_path, "flats", "performance", "performance.html", page())
    looked.unlink()
    link_reports(tmp_path, "flats")
    assert set(links_of(drift)) == {"All reports"}
    assert "performance</a>" in drift.read_text()


def test_linking_makes_no_report_newer(tmp_path: Path) -> None:
    drift = keep_page(tmp_path, "flats", "drift", "summary.html", page())
    keep_page(tmp_path, "flats", "performance", "performance.html", page())
    before = drift.stat().st_mtime_ns
    keep_page(tmp_path, "flats", "releases", "flats #1.html", page())
    assert drift.stat().st_mtime_ns == before
    assert [entry.kind for entry in read_index(tmp_path)][-1] == "Drift"
    assert "flats%20%231.html" in drift.read_text()


def test_what_is_no_page_of_ours_stays_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "reports" / "flats" / "own" / "notes.html"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"<p>\xff</p>")
    keep_page(tmp_path, "flats", "drift", "summary.html", page())
    assert other.read_bytes() == b"<p>\xff</p>"

"""Index of a home's reports: the newest first, whatever folder they are in."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from homestead.files import write_text
from homestead.reports.index import newest_of_each_kind, newest_report, read_index


def add(home: Path, name: str, at: float) -> None:
    """Write a report that was changed at a time, in seconds since 1970."""
    path = home / "reports" / name
    write_text(path, "<p>")
    os.utime(path, (at, at))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    add(tmp_path, "flats/drift/summary.html", 100)
    add(tmp_path, "flats/drift/evidently.html", 5000)
    add(tmp_path, "flats/releases/flats-1.html", 300)
    add(tmp_path, "flats/releases/flats-2.html", 200)
    add(tmp_path, "flats/demo-drift-normal/summary.html", 50)
    add(tmp_path, "houses/backtest/backtest.html", 400)
    add(tmp_path, "flats/drift/.summary.html.tmp.html", 900)
    add(tmp_path, "index.html", 1000)
    return tmp_path


def test_the_newest_is_first_and_has_a_title(home: Path) -> None:
    entries = read_index(home)
    assert [entry.title for entry in entries] == [
        "Backtest",
        "Release flats-1",
        "Release flats-2",
        "Drift",
        "Drift (demo drift normal)",
    ]
    assert entries[0].written_at == datetime.fromtimestamp(400, UTC)
    assert {entry.problem for entry in read_index(home, "flats")} == {"flats"}
    newest = newest_report(home, "flats")
    assert newest is not None
    assert newest.path == home / "reports" / "flats" / "releases" / "flats-1.html"


def test_of_a_training_run_the_comparison_is_first(home: Path) -> None:
    for name in ("data_sheet", "model_card", "comparison"):
        add(home, f"flats/training/{name}.html", 500)
    assert [e.kind for e in read_index(home)][:3] == ["Comparison", "Model card", "Data sheet"]


def test_of_each_kind_the_newest_is_chosen(home: Path) -> None:
    chosen = newest_of_each_kind(read_index(home, "flats"))
    assert [entry.title for entry in chosen] == ["Drift", "Release flats-1"]


def test_a_home_without_reports_has_none(tmp_path: Path) -> None:
    assert read_index(tmp_path) == []
    assert read_index(tmp_path, "flats") == []
    assert newest_report(tmp_path) is None

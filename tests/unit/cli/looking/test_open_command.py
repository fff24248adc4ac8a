"""Command that opens a report."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homestead.cli.main import main
from homestead.files import write_text


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path))
    folder = tmp_path / "reports" / "homes"
    for age_s, name in enumerate(("drift/summary.html", "releases/homes-1.html")):
        write_text(folder / name, "<!doctype html><title>report</title>")
        os.utime(folder / name, (1_000_000 - age_s, 1_000_000 - age_s))
    return folder


def opened(*words: str) -> Result:
    return CliRunner().invoke(main, ["open", *words])


def test_the_newest_report_is_named_where_there_is_no_display(reports: Path) -> None:
    assert opened().stdout == f"{reports}/drift/summary.html\n"


def test_a_kind_is_the_newest_of_its_kind(reports: Path) -> None:
    assert opened("release").stdout == f"{reports}/releases/homes-1.html\n"


def test_a_kind_that_is_not_there_says_what_is_and_what_makes_it(reports: Path) -> None:
    result = opened("performance")
    assert result.exit_code == 1
    assert "no report of the kind performance yet; there are: drift, release" in result.stderr
    assert "next: homestead performance" in result.stderr


def test_a_browser_gets_the_address(reports: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    addresses: list[str] = []
    monkeypatch.setattr("webbrowser.open", addresses.append)
    monkeypatch.setattr("homestead.cli.looking.open_command._has_display", lambda: True)
    assert opened("drift").exit_code == 0
    assert addresses == [(reports / "drift" / "summary.html").as_uri()]
    opened("drift", "--print")
    assert len(addresses) == 1

"""``homestead score``: arguments, and what it says of a home without a champion."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from homestead.cli.main import main
from tests.conftest import CHURN


def refusal(monkeypatch: pytest.MonkeyPatch, home: Path, *arguments: str) -> str:
    monkeypatch.setenv("HOMESTEAD_HOME", str(home))
    result = CliRunner().invoke(main, ["score", "--problem", str(CHURN), *arguments])
    assert result.exit_code == 1
    return result.stderr


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    message = refusal(monkeypatch, tmp_path, "rows.csv")
    assert message.startswith("error: found SOURCE without TARGET")
    message = refusal(monkeypatch, tmp_path)
    assert message.startswith("error: churn: found neither SOURCE and TARGET nor")
    message = refusal(monkeypatch, tmp_path / "none", "rows.csv", "scores.csv")
    assert message.startswith("error: churn: found no champion in ")

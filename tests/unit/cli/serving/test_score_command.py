"""``homestead score``: arguments, and what it says of a home without a champion."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from homestead.cli.main import main
from homestead.errors import UserError
from tests.conftest import CHURN


def _run(monkeypatch: pytest.MonkeyPatch, home: Path, *arguments: str) -> str:
    monkeypatch.setenv("HOMESTEAD_HOME", str(home))
    with pytest.raises(UserError) as error:
        CliRunner().invoke(
            main,
            ["score", "--problem", str(CHURN), *arguments],
            catch_exceptions=False,
            standalone_mode=False,
        )
    return str(error.value)


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert _run(monkeypatch, tmp_path, "rows.csv").startswith("found SOURCE without TARGET")
    assert _run(monkeypatch, tmp_path).startswith("churn: found neither SOURCE and TARGET nor")
    message = _run(monkeypatch, tmp_path / "none", "rows.csv", "scores.csv")
    assert message.startswith("churn: found no champion in ")

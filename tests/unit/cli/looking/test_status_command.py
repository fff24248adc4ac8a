"""Command that says in short what is there."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from homestead.cli.main import main
from homestead.files import write_text


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path / "home"))
    for variable in ("MLFLOW_TRACKING_URI", "HOMESTEAD_DATABASE_URL"):
        monkeypatch.delenv(variable, raising=False)


def test_a_fresh_home_says_what_comes_next_and_stays_untouched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["status"])
    assert result.exit_code == 0
    assert "Nothing has been trained or served here yet." in result.output
    assert "homestead train" in result.output
    assert not (tmp_path / "home").exists()


def test_a_home_above_the_working_folder_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_text(tmp_path / ".homestead" / "release" / "homes" / "plan.json", "{}")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    output = CliRunner().invoke(main, ["status"]).output
    assert f"Another home is {tmp_path}/.homestead: cd {tmp_path}" in output


def test_json_is_strict_and_names_what_cannot_be_read(tmp_path: Path) -> None:
    write_text(tmp_path / "home" / "release" / "homes" / "plan.json", "{}")
    result = CliRunner().invoke(main, ["status", "--json"])
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    (problem,) = document["problems"]
    assert problem["problem"] == "homes"
    assert "plan.json" in problem["boxes"]["models"]["error"]
    assert problem["boxes"]["log"]["content"] is None

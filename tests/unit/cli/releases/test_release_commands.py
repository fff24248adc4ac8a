"""Commands for releases: what they say where nothing is under way."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from homestead.cli.main import main
from tests.conftest import CHURN


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path / "home"))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*arguments, "--problem", str(CHURN)])
    return result.exit_code, result.output


def test_without_a_release_a_rollback_changes_nothing_and_the_rest_is_refused() -> None:
    code, output = run("release", "rollback")
    assert (code, output.splitlines()[0]) == (0, "no release is under way; nothing changed")
    code, output = run("release", "approve")
    assert (code, output) == (1, "error: churn: no release is under way, nothing to approve\n")
    assert run("release", "history") == (0, "")


def test_a_step_and_a_watch_without_a_release_say_so() -> None:
    assert run("release", "advance") == (0, "no release yet\n")
    assert run("watch") == (0, "no release yet\n")

"""The commands of retraining, without training anything."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from homestead.cli.main import main
from tests.conftest import CHURN


@pytest.fixture
def problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KFP_HOST", raising=False)
    return str(CHURN)


def run(*arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["retrain", *arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_nothing_starts_unless_something_asks_for_it(problem: str) -> None:
    assert run("status", "--problem", problem) == "no open cause\nno run yet\n"
    assert run("check", "--problem", problem) == "none: nothing asks for a training run\n"
    assert "none 0 min ago: nothing asks" in run("status", "--problem", problem)


def test_a_request_of_one_name_is_one_cause(problem: str) -> None:
    asked = ("cause", "new suppliers", "--key", "april", "--who", "ana", "--problem", problem)
    assert run(*asked) == run(*asked)
    status = run("status", "--problem", problem)
    assert status.count("cause request") == 1
    assert "ana asks: new suppliers" in status


def test_a_request_without_a_reason_is_refused(problem: str) -> None:
    assert "REASON: found none" in run("cause", " ", "--problem", problem, code=1)
    assert run("status", "--problem", problem) == "no open cause\nno run yet\n"


def test_the_webhook_needs_a_token_and_names_of_alerts(
    problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOMESTEAD_ALERTS_TOKEN", raising=False)
    assert "HOMESTEAD_ALERTS_TOKEN: not set" in run("serve", "--problem", problem, code=1)
    monkeypatch.setenv("HOMESTEAD_ALERTS_TOKEN", "s3cret")
    output = run("serve", "--problem", problem, code=1)
    assert "problem churn: retraining.alerts: found no name" in output

"""Commands of the server: their options, and what they say where there is no release."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from homestead.cli.main import main
from tests.conftest import CHURN


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_waiting_for_a_release_ends_at_the_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path))
    result = invoke("await-release", "--problem", str(CHURN), "--wait", "0")
    assert result.exit_code == 1
    assert "no release after 0 s" in result.stderr


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_out_of_range_is_a_usage_error(port: str) -> None:
    result = invoke("serve", "--problem", str(CHURN), "--port", port)
    assert result.exit_code == 2
    assert "--port" in result.stderr


def test_the_server_says_what_it_can_wait_for() -> None:
    assert "Start before there is a release" in invoke("serve", "--help").output

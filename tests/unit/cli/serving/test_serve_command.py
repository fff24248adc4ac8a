"""Commands of the server: their options."""

import pytest
from click.testing import CliRunner, Result

from homestead.cli.main import main
from tests.conftest import CHURN


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_out_of_range_is_a_usage_error(port: str) -> None:
    result = invoke("serve", "--problem", str(CHURN), "--port", port)
    assert result.exit_code == 2
    assert "--port" in result.stderr


def test_the_server_says_what_it_can_wait_for() -> None:
    assert "Start before there is a release" in invoke("serve", "--help").output

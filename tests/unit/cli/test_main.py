"""The command line: its commands, their options, and a light start."""

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner, Result

from homestead import __version__
from homestead.cli.main import main
from tests.conftest import CHURN


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_it_says_its_version() -> None:
    assert __version__ in invoke("--version").output


@pytest.mark.parametrize("name", sorted(main.commands))
def test_every_command_and_option_is_described(name: str) -> None:
    command = main.commands[name]
    assert command.help
    for parameter in command.params:
        assert not isinstance(parameter, click.Option) or parameter.help, parameter.name
    assert invoke(name, "--help").exit_code == 0


def test_starting_imports_nothing_heavy() -> None:
    code = (
        "import sys, homestead.cli.main;"
        "heavy = {'mlflow', 'kfp', 'feast', 'sklearn', 'pandas', 'onnx', 'sqlalchemy'};"
        "sys.exit(' '.join(heavy & set(sys.modules)) or 0)"
    )
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr


def test_a_command_ends_without_taking_its_modules_apart_and_says_nothing_then() -> None:
    # An import's last words: a module that is taken apart deletes what it holds.
    code = (
        "import sys; sys.last = type('Last', (), {'__del__': lambda self: print('deleted')})();"
        f"sys.argv = ['homestead', 'validate', '--problem', {str(CHURN)!r}];"
        "from homestead.__main__ import run; run()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    assert "churn: 700 valid rows" in result.stdout
    assert "deleted" not in result.stdout
    assert result.stderr == ""


def test_a_problem_and_its_source_are_checked() -> None:
    result = invoke("validate", "--problem", str(CHURN))
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "churn: 700 valid rows, 0 bad",
        f"next: homestead train --problem {CHURN}",
    ]


def test_an_image_without_a_tag_is_refused() -> None:
    result = invoke("deploy", "manifests/overlays/kind", "--image", "homestead-serving")
    assert result.exit_code == 1
    assert "--image: found homestead-serving, allowed is name:tag" in result.stderr

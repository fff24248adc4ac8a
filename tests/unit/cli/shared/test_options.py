"""Options that commands share, and how shells complete them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from homestead.cli.main import main
from homestead.files import write_text
from tests.conftest import CHURN

# Runs a completion as a shell does, and says which heavy libraries it has imported.
COMPLETE = """
import atexit, sys
heavy = {"pandas", "numpy", "pydantic", "sqlalchemy", "mlflow", "httpx"}
atexit.register(lambda: print(sorted(heavy & set(sys.modules)), file=sys.stderr))
from homestead.cli.main import main
main(prog_name="homestead")
"""


def complete(*words: str, folder: Path, shell: str = "bash") -> list[str]:
    """Return what is offered for the last word."""
    instruction = {"bash": "bash_complete", "zsh": "zsh_complete", "fish": "fish_complete"}[shell]
    last = words[-1] if shell == "fish" else str(len(words))
    process = subprocess.run(
        [sys.executable, "-c", COMPLETE],
        env={
            **os.environ,
            "_HOMESTEAD_COMPLETE": instruction,
            "COMP_WORDS": " ".join(("homestead", *words)),
            "COMP_CWORD": last,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stderr.strip() == "[]", "completion has imported what takes time"
    return process.stdout.splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_commands_are_completed(tmp_path: Path, shell: str) -> None:
    text = "\n".join(complete("perf", folder=tmp_path, shell=shell))
    assert "performance" in text
    assert "train" not in text


def test_problem_files_here_and_the_projects_own_are_completed(tmp_path: Path) -> None:
    write_text(tmp_path / "flats.yaml", "")
    write_text(tmp_path / "problems" / "homes.yaml", "")
    offered = complete("train", "--problem", "", folder=tmp_path)
    assert {"plain,flats.yaml", "plain,problems/homes.yaml"} <= set(offered)
    assert "plain,problems/house_price.yaml" in offered
    assert complete("train", "--problem", "fl", folder=tmp_path) == ["plain,flats.yaml", "file,fl"]


def test_options_and_choices_are_completed_though_no_problem_file_is_there(tmp_path: Path) -> None:
    assert complete("drift", "--exit", folder=tmp_path) == ["plain,--exit-zero"]
    assert complete("open", "dr", folder=tmp_path) == ["plain,drift"]


def test_a_completion_is_quick(tmp_path: Path) -> None:
    started = os.times()
    complete("tr", folder=tmp_path)
    ended = os.times()
    processor_s = ended.children_user - started.children_user
    # About 0.15 s; importing pandas alone takes more.
    assert processor_s < 0.6


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_reads(shell: str) -> None:
    if shell == "bash" and shutil.which("bash") is None:
        pytest.skip("there is no bash")
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert f"_HOMESTEAD_COMPLETE={shell}_complete" in result.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=result.stdout, text=True, check=True)


def test_a_shell_without_completion_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    result = CliRunner().invoke(main, ["completion"])
    assert result.exit_code == 1
    assert "found 'tcsh', allowed are: bash, zsh, fish" in result.stderr


def test_the_next_command_names_the_problem_as_it_was_typed() -> None:
    result = CliRunner().invoke(main, ["validate", "--problem", str(CHURN)])
    assert result.output.endswith(f"next: homestead train --problem {CHURN}\n")

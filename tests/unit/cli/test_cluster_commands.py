"""Options of the commands for a cluster."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from homestead.cli.main import main


def run(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code != 0
    return result.output


def test_deploy_needs_an_overlay_or_a_problem() -> None:
    assert "Missing argument 'OVERLAY', or the option '--problem'" in run("deploy")


def test_an_image_without_a_tag_is_refused() -> None:
    assert "--image: found homestead-serving, allowed is name:tag" in run(
        "deploy", "manifests/overlays/kind", "--image", "homestead-serving"
    )


def test_a_problem_file_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ("deploy", "--problem", "a.yaml"),
        ("deploy", "--problem", "a.yaml", "--delete"),
    ):
        assert "a.yaml: no such problem file" in run(*arguments)


def test_list_shows_what_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOMESTEAD_HOME", str(tmp_path))
    result = CliRunner().invoke(main, ["list"])
    assert (result.exit_code, result.output) == (0, "there is no problem yet\n")

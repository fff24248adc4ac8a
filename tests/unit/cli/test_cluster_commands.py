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


def test_a_cluster_that_does_not_answer_is_one_sentence_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = tmp_path / "kubectl"
    stand_in.write_text(
        "#!/bin/sh\necho 'E1127 memcache.go:265] Unhandled Error' >&2\n"
        "echo 'The connection to the server localhost:8080 was refused - right host?' >&2\nexit 1\n"
    )
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    output = run("list", "--cluster")
    assert output.startswith("error: no cluster answers: The connection to the server localhost")
    assert "kubectl config current-context" in output
    assert "memcache" not in output

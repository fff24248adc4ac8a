"""Calls of kubectl: what it says when there is no cluster."""

from pathlib import Path

import pytest

from homestead.deployment.kubectl import ForbiddenError, kubectl
from homestead.errors import UserError


def _stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Put a kubectl into the PATH that says these lines and fails."""
    path = folder / "kubectl"
    path.write_text("#!/bin/sh\n" + "".join(f"echo '{line}' >&2\n" for line in lines) + "exit 1\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_cluster_that_does_not_answer_is_one_sentence_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = "The connection to the server localhost:8080 was refused - right host?"
    _stand_in(tmp_path, monkeypatch, "E1127 memcache.go:265] Unhandled Error", refused)
    with pytest.raises(UserError, match=r"^no cluster answers: The connection to") as error:
        kubectl("get", "pods")
    assert "kubectl config current-context" in str(error.value)
    assert "memcache" not in str(error.value)


def test_what_a_cluster_forbids_is_an_error_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stand_in(tmp_path, monkeypatch, "Error from server (Forbidden): pods is forbidden")
    with pytest.raises(ForbiddenError, match="kubectl get: Error from server"):
        kubectl("get", "pods")


def test_a_missing_kubectl_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="kubectl is required"):
        kubectl("get", "pods")

"""Rendered overlays, and a stand-in for kubectl and the cluster behind it."""

import os
import shutil
from pathlib import Path

import pytest
import yaml

from homestead.deployment.manifests import Manifest, render

OVERLAYS = Path(__file__).parents[3] / "manifests" / "overlays"
OVERLAY_NAMES = ("kind", "production")

# Renders overlays, and else answers from files: of `kubectl get secrets` it prints get-secrets, of
# what is refused it prints get-secrets.error and fails. Objects from standard input are appended to
# a file.
_KUBECTL = """#!/usr/bin/env bash
[[ $1 == kustomize ]] && exec {kubectl} "$@"
cd "$(dirname "$0")/answers" || exit 1
echo "$*" >>calls

[[ $* == *" -f -" ]] && { { cat; echo ---; } >>objects; exit; }
if [[ -e $1-$2.error ]]; then cat "$1-$2.error" >&2; exit 1; fi
cat "$1-$2" 2>/dev/null
if [[ -e $1-$2.next ]]; then mv "$1-$2.next" "$1-$2"; fi
exit 0
"""


class Cluster:
    """The stand-in: what it answers, and what it was told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def answer(self, command: str, text: str) -> None:
        """Set the output of a command, such as ``get-secrets``."""
        (self.folder / command).write_text(text)

    def answer_later(self, command: str, text: str) -> None:
        """Set the output of a command from its second call on."""
        (self.folder / f"{command}.next").write_text(text)

    def read(self, command: str) -> str:
        """Return the output that was set of a command."""
        return (self.folder / command).read_text()

    def refuse(self, command: str, reason: str) -> None:
        """Let a command fail."""
        path = self.folder / f"{command}.error"
        path.parent.mkdir(exist_ok=True)
        path.write_text(reason)

    @property
    def objects(self) -> list[Manifest]:
        """All objects that were applied or deleted."""
        text = (self.folder / "objects").read_text()
        return [document for document in yaml.safe_load_all(text) if document]

    @property
    def calls(self) -> list[str]:
        """The arguments of every call."""
        return (self.folder / "calls").read_text().splitlines()


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cluster:
    folder = tmp_path / "bin"
    (folder / "answers").mkdir(parents=True)
    # Without kustomize, overlays are rendered by the real kubectl.
    kubectl = shutil.which("kubectl") or "false"
    (folder / "kubectl").write_text(_KUBECTL.replace("{kubectl}", kubectl))
    (folder / "kubectl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return Cluster(folder / "answers")


@pytest.fixture(scope="session")
def rendered() -> dict[str, list[Manifest]]:
    """Render every overlay; copy an object before you change it."""
    if not (shutil.which("kustomize") or shutil.which("kubectl")):
        if os.environ.get("CI") == "true":
            pytest.fail("needs kustomize or kubectl")
        pytest.skip("needs kustomize or kubectl")
    return {name: render(OVERLAYS / name) for name in OVERLAY_NAMES}

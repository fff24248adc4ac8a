"""Versions of what is installed beside us: each is pinned in one place."""

import re
from pathlib import Path

from homestead.deployment.checks.schema_checks import KUBERNETES_VERSION

ROOT = Path(__file__).parents[2]


def test_the_versions_file_agrees_with_the_checks_and_the_requirements() -> None:
    lines = (ROOT / "versions.env").read_text().splitlines()
    versions = dict(line.split("=", 1) for line in lines if "=" in line and line[0] != "#")
    assert versions["KUBERNETES"] == KUBERNETES_VERSION
    assert f":v{KUBERNETES_VERSION}." in versions["NODE_IMAGE"]
    assert "@sha256:" in versions["NODE_IMAGE"]
    assert (
        f"kfp=={versions['KUBEFLOW_PIPELINES']}\n"
        in (ROOT / "requirements" / "pipeline.in").read_text()
    )


def test_every_action_is_pinned_by_commit() -> None:
    used = [
        line.split("uses:")[1].split("#")[0].strip()
        for path in (ROOT / ".github" / "workflows").glob("*.yml")
        for line in path.read_text().splitlines()
        if "uses:" in line
    ]
    assert used
    for action in used:
        assert action.startswith("./") or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action

"""All checks of the overlays in this repository."""

import pytest

from homestead.deployment.checks.manifest_checks import require_valid_manifests
from homestead.deployment.manifests import Manifest
from tests.unit.deployment.conftest import OVERLAY_NAMES, OVERLAYS


@pytest.mark.parametrize("name", OVERLAY_NAMES)
def test_an_overlay_is_valid(name: str, rendered: dict[str, list[Manifest]]) -> None:
    lines: list[str] = []
    require_valid_manifests(OVERLAYS / name, lines.append)
    assert f"{len(rendered[name])} objects are valid" in lines[0]

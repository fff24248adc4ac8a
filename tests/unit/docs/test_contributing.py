"""The contributing guide lists every room, and the layers that import-linter checks."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.unit.docs.pages import ROOT

CONTRIBUTING = ROOT / "CONTRIBUTING.md"
ADR = ROOT / "docs" / "adr" / "0013-rooms-and-one-package.md"


def test_every_sub_package_is_listed_once() -> None:
    listed = re.findall(r"^\| `homestead/(\w+)/` \|", CONTRIBUTING.read_text("utf-8"), re.MULTILINE)
    packages = [path.parent.name for path in (ROOT / "homestead").glob("*/__init__.py")]
    assert sorted(listed) == sorted(packages)


@pytest.mark.parametrize("page", [CONTRIBUTING, ADR], ids=lambda path: path.name)
def test_layers_are_those_of_import_linter(page: Path) -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    expected = [set(layer.split(" | ")) for layer in layers if layer != "__main__"]
    blocks = re.findall(r"^ +cli › .*(?:\n +.*)*", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(blocks) == 1
    shown = [set(re.findall(r"\w+", layer)) for layer in blocks[0].split("›")]
    assert shown == expected

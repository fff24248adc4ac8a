"""Each component's README names its inputs, outputs, resources and whether it is cached."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.components import base_image
from homestead.pipelines.compile import COMPILED

FOLDERS = sorted(path.parent for path in Path(base_image.__file__).parent.glob("*/component.py"))
PIPELINE = next(yaml.safe_load_all(COMPILED.read_text()))
CPU_LIMITS = {"small": ("100m", "512Mi"), "medium": ("250m", "1Gi"), "large": ("500m", "1Gi")}


def names(definitions: dict[str, Any]) -> set[str]:
    return {*definitions.get("parameters", {}), *definitions.get("artifacts", {})}


def tasks(node: object) -> list[dict[str, Any]]:
    """Return every task below a node of the pipeline."""
    if not isinstance(node, dict):
        return []
    own = list(node["tasks"].values()) if isinstance(node.get("tasks"), dict) else []
    return own + [task for value in node.values() for task in tasks(value)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_readme_agrees_with_the_compiled_component(folder: Path) -> None:
    readme = (folder / "README.md").read_text()
    key = f"comp-{folder.name.replace('_', '-')}"
    component = PIPELINE["components"][key]
    interface = names(component.get("inputDefinitions", {}))
    interface |= names(component.get("outputDefinitions", {}))
    table = "\n".join(line for line in readme.splitlines() if line.startswith("|"))
    assert set(re.findall(r"`(\w+)`", table)) - {"split"} == interface
    (task, *_) = [t for t in tasks(PIPELINE) if t.get("componentRef", {}).get("name") == key]
    is_cached = task.get("cachingOptions", {}).get("enableCache", False)
    assert ("Never cached." in readme) is not is_cached
    container = PIPELINE["deploymentSpec"]["executors"][component["executorLabel"]]["container"]
    size = re.search(r"Resources: (\w+)", readme)
    assert size is not None
    requests = container["resources"]
    assert CPU_LIMITS[size[1]] == (
        requests["resourceCpuRequest"],
        requests["resourceMemoryRequest"],
    )

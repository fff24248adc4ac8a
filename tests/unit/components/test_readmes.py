"""Each component's README names its inputs, outputs, resources and whether it is cached."""

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.components import base_image
from homestead.pipelines.compile import COMPILED, COMPILED_SCORING

FOLDERS = sorted(path.parent for path in Path(base_image.__file__).parent.glob("*/component.py"))
# Each component is in one of the pipelines at most.
PIPELINES = [next(yaml.safe_load_all(p.read_text())) for p in (COMPILED, COMPILED_SCORING)]
CPU_LIMITS = {"small": ("100m", "512Mi"), "medium": ("250m", "1Gi"), "large": ("500m", "1Gi")}


# Inputs that the backend fills in by itself.
FILLED_IN = {"TaskFinalStatus"}


def key(folder: Path) -> str:
    return f"comp-{folder.name.replace('_', '-')}"


IN_THE_PIPELINE = [
    folder for folder in FOLDERS if any(key(folder) in each["components"] for each in PIPELINES)
]
PARTS = [folder for folder in FOLDERS if folder not in IN_THE_PIPELINE]


def table_names(folder: Path) -> set[str]:
    """Return the names in the tables of a component's README."""
    lines = (folder / "README.md").read_text().splitlines()
    return set(re.findall(r"`(\w+)`", "\n".join(line for line in lines if line.startswith("|"))))


def tasks(node: object) -> list[dict[str, Any]]:
    """Return every task below a node of the pipeline."""
    if not isinstance(node, dict):
        return []
    own = list(node["tasks"].values()) if isinstance(node.get("tasks"), dict) else []
    return own + [task for value in node.values() for task in tasks(value)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_readme_names_what_the_component_takes_and_gives(folder: Path) -> None:
    module = importlib.import_module(f"homestead.components.{folder.name}.component")
    spec = getattr(module, folder.name).component_spec
    given = {name for name, value in (spec.inputs or {}).items() if value.type not in FILLED_IN}
    assert table_names(folder) - {"split"} >= {*given, *(spec.outputs or {})}


@pytest.mark.parametrize("folder", IN_THE_PIPELINE, ids=lambda folder: folder.name)
def test_the_readme_of_a_pod_agrees_with_the_compiled_pipeline(folder: Path) -> None:
    readme = (folder / "README.md").read_text()
    (pipeline,) = [each for each in PIPELINES if key(folder) in each["components"]]
    component = pipeline["components"][key(folder)]
    (task, *_) = [
        t for t in tasks(pipeline) if t.get("componentRef", {}).get("name") == key(folder)
    ]
    is_cached = task.get("cachingOptions", {}).get("enableCache", False)
    assert ("Never cached." in readme) is not is_cached
    container = pipeline["deploymentSpec"]["executors"][component["executorLabel"]]["container"]
    size = re.search(r"Resources: (\w+)", readme)
    assert size is not None
    requests = container["resources"]
    assert CPU_LIMITS[size[1]] == (
        requests["resourceCpuRequest"],
        requests["resourceMemoryRequest"],
    )


@pytest.mark.parametrize("folder", PARTS, ids=lambda folder: folder.name)
def test_the_readme_of_a_step_names_its_pod_which_names_and_runs_the_step(folder: Path) -> None:
    pod = re.search(r"Runs in the pod of \[`(\w+)`\]", (folder / "README.md").read_text())
    assert pod is not None
    other = folder.parent / pod[1]
    assert f"](../{folder.name}/README.md)" in (other / "README.md").read_text()
    code = (other / "component.py").read_text()
    assert f"run_part({folder.name}, " in code or f"{folder.name}.python_func(" in code
    assert other in IN_THE_PIPELINE

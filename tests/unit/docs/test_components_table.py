"""The table of components agrees with the compiled pipeline: its steps, and which are cached."""

import re
from typing import Any

import yaml

from tests.unit.docs.pages import ROOT


def _tasks(components: dict[str, Any], dag: dict[str, Any]) -> dict[str, bool]:
    """Return whether each step of a DAG is cached; sub-DAGs are steps' containers."""
    cached: dict[str, bool] = {}
    for task in dag["tasks"].values():
        name = task["componentRef"]["name"]
        component = components[name]
        if "dag" in component:
            cached |= _tasks(components, component["dag"])
        else:
            # A component that is used twice is numbered from the second use on.
            step = re.sub(r"-\d+$", "", name.removeprefix("comp-")).replace("-", "_")
            cached[step] = bool(task.get("cachingOptions", {}).get("enableCache"))
    return cached


def test_steps_and_caching_are_those_of_the_compiled_pipeline() -> None:
    compiled = (ROOT / "pipelines" / "compiled" / "training.yaml").read_text(encoding="utf-8")
    pipeline = next(yaml.safe_load_all(compiled))
    page = (ROOT / "components" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)`[^|]*\|.*\| (yes|no) \|$", page, re.MULTILINE)
    assert {step: cached == "yes" for step, cached in rows} == _tasks(
        pipeline["components"], pipeline["root"]["dag"]
    )

"""The training pipeline: what the runners need of it, and what one of them gets wrong."""

from typing import Any

import pytest
import yaml

from homestead.pipelines.compile import COMPILED


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    return dict(next(yaml.safe_load_all(COMPILED.read_text())))


def tasks(node: object) -> list[dict[str, Any]]:
    """Return every task below a node of the pipeline."""
    if not isinstance(node, dict):
        return []
    own = list(node["tasks"].values()) if isinstance(node.get("tasks"), dict) else []
    return own + [task for value in node.values() for task in tasks(value)]


def test_conditions_and_loops_use_only_unnamed_outputs(compiled: dict[str, Any]) -> None:
    """The local runner takes a named one for false, and reports success."""
    triggered = [task for task in tasks(compiled) if "triggerPolicy" in task]
    conditional = [task for task in triggered if "condition" in task["triggerPolicy"]]
    loops = [task for task in tasks(compiled) if "parameterIterator" in task]
    assert conditional
    assert loops
    for task in conditional:
        assert "gate-Output" in task["triggerPolicy"]["condition"]
    for task in loops:
        source = task["parameterIterator"]["items"]["inputParameter"]
        assert task["inputs"]["parameters"][source]["taskOutputParameter"] == {
            "outputParameterKey": "Output",
            "producerTask": "training-set",
        }


def test_no_default_has_a_line_break(compiled: dict[str, Any]) -> None:
    """The compiler writes defaults into the header, where the client cannot read a second line."""
    inputs = compiled["root"]["inputDefinitions"]["parameters"]
    for parameter in inputs.values():
        assert "\n" not in str(parameter.get("defaultValue", ""))


def test_the_ui_has_described_inputs_and_defaults(compiled: dict[str, Any]) -> None:
    inputs = compiled["root"]["inputDefinitions"]["parameters"]
    assert set(inputs) == {"problem", "pipeline_run", "seed"}
    for name, parameter in inputs.items():
        assert parameter["description"], name
        assert "defaultValue" in parameter, name


def test_the_end_of_a_run_is_recorded_whatever_happens(compiled: dict[str, Any]) -> None:
    last = compiled["root"]["dag"]["tasks"]["finalize-run"]
    assert last["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"

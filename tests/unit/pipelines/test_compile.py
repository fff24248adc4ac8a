"""The compiled pipeline: what both runners need of it, and what one of them gets wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.components.image import IMAGE
from homestead.pipelines.compile import COMPILED, compile_training, with_image, without_retries

DIGEST = f"registry.example/homestead-pipeline@sha256:{'1' * 64}"


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    return dict(next(yaml.safe_load_all(COMPILED.read_text())))


def tasks(node: object) -> list[dict[str, Any]]:
    """Return every task below a node of the pipeline."""
    if not isinstance(node, dict):
        return []
    own = list(node["tasks"].values()) if isinstance(node.get("tasks"), dict) else []
    return own + [task for value in node.values() for task in tasks(value)]


def test_the_repository_holds_the_pipeline_that_the_code_compiles_to(tmp_path: Path) -> None:
    path = compile_training(tmp_path)
    assert path == Path("pipelines/compiled/training.yaml")
    assert (tmp_path / path).read_text() == COMPILED.read_text()


def test_every_step_runs_in_our_image_and_installs_nothing(compiled: dict[str, Any]) -> None:
    executors = compiled["deploymentSpec"]["executors"]
    assert len(executors) >= 10
    for name, executor in executors.items():
        assert executor["container"]["image"] == IMAGE, name
        assert "pip install" not in str(executor["container"]), name


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


def test_the_local_runner_reads_it() -> None:
    from kfp import components

    loaded = components.load_component_from_file(str(COMPILED))
    assert set(loaded.component_spec.inputs) == {"problem", "pipeline_run", "seed"}


def test_another_image_replaces_that_of_every_step() -> None:
    documents = list(yaml.safe_load_all(with_image(COMPILED.read_text(), DIGEST)))
    executors = documents[0]["deploymentSpec"]["executors"].values()
    assert {executor["container"]["image"] for executor in executors} == {DIGEST}
    assert len(documents) == 2


def test_on_one_machine_no_step_is_retried() -> None:
    text = COMPILED.read_text()
    assert "retryPolicy" in text
    assert "retryPolicy" not in without_retries(text)

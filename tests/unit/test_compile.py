"""The compiled pipeline: what both runners need of it, and what one of them gets wrong."""

from typing import Any

import pytest
import yaml

from homestead.components.image import IMAGE
from homestead.errors import UserError
from homestead.pipelines.compile import COMPILED
from homestead.pipelines.submit import submit
from homestead.problem.schema import Problem


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    return dict(next(yaml.safe_load_all(COMPILED.read_text())))


def tasks(part: object) -> list[dict[str, Any]]:
    """Every task below a part of the pipeline."""
    if not isinstance(part, dict):
        return []
    found = list(part["tasks"].values()) if isinstance(part.get("tasks"), dict) else []
    return found + [task for value in part.values() for task in tasks(value)]


def test_every_step_runs_in_our_image_and_installs_nothing(compiled: dict[str, Any]) -> None:
    executors = compiled["deploymentSpec"]["executors"]
    assert len(executors) >= 10
    for name, executor in executors.items():
        assert executor["container"]["image"] == IMAGE, name
        assert "pip install" not in str(executor["container"]), name


def test_conditions_and_loops_take_only_unnamed_outputs(compiled: dict[str, Any]) -> None:
    """The local runner takes a named one for false, and says that all went well."""
    conditions = [task for task in tasks(compiled) if "triggerPolicy" in task]
    conditions = [task for task in conditions if "condition" in task["triggerPolicy"]]
    loops = [task for task in tasks(compiled) if "parameterIterator" in task]
    assert conditions
    assert loops
    for task in conditions:
        assert "gate-Output" in task["triggerPolicy"]["condition"]
    for task in loops:
        source = task["parameterIterator"]["items"]["inputParameter"]
        assert task["inputs"]["parameters"][source]["taskOutputParameter"] == {
            "outputParameterKey": "Output",
            "producerTask": "training-set",
        }


def test_no_default_has_a_line_break(compiled: dict[str, Any]) -> None:
    """The compiler writes defaults into the header, where the client can't read a second line."""
    inputs = compiled["root"]["inputDefinitions"]["parameters"]
    for given in inputs.values():
        assert "\n" not in str(given.get("defaultValue", ""))


def test_the_end_of_a_run_is_recorded_whatever_happens(compiled: dict[str, Any]) -> None:
    finalize_run = compiled["root"]["dag"]["tasks"]["finalize-run"]
    assert finalize_run["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"


def test_the_local_runner_reads_it() -> None:
    from kfp import components

    loaded = components.load_component_from_file(str(COMPILED))
    assert set(loaded.component_spec.inputs) == {"problem", "pipeline_run", "seed"}


def test_submitting_to_nobody_names_the_address(churn: Problem) -> None:
    with pytest.raises(UserError, match=r"http://127\.0\.0\.1:9: Kubeflow Pipelines refused"):
        submit(churn, "http://127.0.0.1:9")


def test_a_problem_that_no_parameter_can_hold_is_refused(churn: Problem) -> None:
    wordy = churn.model_copy(update={"description": "x" * 70_000})
    with pytest.raises(UserError, match="a parameter may hold 60000"):
        submit(wordy, "http://127.0.0.1:9")

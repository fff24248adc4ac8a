"""The training pipeline: what the runners need of it, and what one of them gets wrong."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from kfp import compiler, dsl

from homestead.pipelines.compile import COMPILED
from tests.kubeflow import TaskOutput, drive, in_sequence, pods, served_from_cache

# Outputs of the step that opens the run, equal for the same data, or for the same settings.
SAME_DATA, SAME_MODEL = ("data_hash", "labelled"), ("boosting_workers",)


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    return dict(next(yaml.safe_load_all(COMPILED.read_text())))


def tasks(node: object) -> list[dict[str, Any]]:
    """Return every task below a node of the pipeline."""
    if not isinstance(node, dict):
        return []
    own = list(node["tasks"].values()) if isinstance(node.get("tasks"), dict) else []
    return own + [task for value in node.values() for task in tasks(value)]


def test_loops_use_only_unnamed_outputs(compiled: dict[str, Any]) -> None:
    """The local runner cannot loop over a named one."""
    loops = [task for task in tasks(compiled) if "parameterIterator" in task]
    assert loops
    for task in loops:
        source = task["parameterIterator"]["items"]["inputParameter"]
        assert task["inputs"]["parameters"][source]["taskOutputParameter"] == {
            "outputParameterKey": "Output",
            "producerTask": "prepare-data",
        }


def test_a_run_with_two_candidates_takes_at_most_17_pods(compiled: dict[str, Any]) -> None:
    """With a pod for each step it was 32 if the model was promoted, 30 if the champion stayed."""
    assert pods(compiled, candidates=2) == 17
    # The cache saves the pods of what it serves, but for their drivers.
    assert pods(compiled, candidates=2, cached={"prepare-data", "train"}) == 14
    assert in_sequence(compiled) == 5


def test_no_default_has_a_line_break(compiled: dict[str, Any]) -> None:
    """The compiler writes defaults into the header, where the client cannot read a second line."""
    inputs = compiled["root"]["inputDefinitions"]["parameters"]
    for parameter in inputs.values():
        assert "\n" not in str(parameter.get("defaultValue", ""))


def test_the_ui_has_described_inputs_and_defaults(compiled: dict[str, Any]) -> None:
    inputs = compiled["root"]["inputDefinitions"]["parameters"]
    assert set(inputs) == {"problem", "seed", "source_secret", "cause"}
    for name, parameter in inputs.items():
        assert parameter["description"], name
        assert "defaultValue" in parameter, name


def test_the_end_of_a_run_is_recorded_whatever_happens(compiled: dict[str, Any]) -> None:
    last = compiled["root"]["dag"]["tasks"]["finalize-run"]
    assert last["triggerPolicy"]["strategy"] == "ALL_UPSTREAM_TASKS_COMPLETED"


def test_each_task_that_names_the_run_gets_the_id_of_its_own_run(compiled: dict[str, Any]) -> None:
    for run_id in ("run-1", "run-2"):
        tasks = drive(compiled, {"problem": "name: churn"}, run_id)
        named = {t.component: t.inputs["pipeline_run"] for t in tasks if "pipeline_run" in t.inputs}
        assert "finalize-run" in named
        assert set(named.values()) == {run_id}


def test_the_backend_resolves_no_default_of_a_pipeline_parameter(tmp_path: Path) -> None:
    @dsl.component(base_image="python", install_kfp_package=False)  # type: ignore[untyped-decorator]
    def show(by_default: str, by_argument: str) -> None:
        pass

    @dsl.pipeline(name="placeholders")  # type: ignore[untyped-decorator]
    def placeholders(run: str = dsl.PIPELINE_JOB_ID_PLACEHOLDER) -> None:
        show(by_default=run, by_argument=dsl.PIPELINE_JOB_ID_PLACEHOLDER)

    path = tmp_path / "placeholders.yaml"
    compiler.Compiler().compile(placeholders, str(path))
    (task,) = drive(yaml.safe_load(path.read_text()), {}, "run-1")
    assert task.inputs == {"by_default": "{{$.pipeline_job_uuid}}", "by_argument": "run-1"}


def test_a_second_run_on_the_same_data_trains_from_the_cache(compiled: dict[str, Any]) -> None:
    problem = {"problem": "name: churn"}
    # Without labelled predictions their file's URI is empty in each run.
    same = frozenset(TaskOutput("open-run", name) for name in SAME_DATA + SAME_MODEL)
    assert served_from_cache(compiled, problem, same) == {"prepare-data", "train"}
    assert served_from_cache(compiled, problem, frozenset()) == set()


def test_another_number_of_workers_is_another_training_for_the_cache(
    compiled: dict[str, Any],
) -> None:
    """The cache sees no settings: an uncached step reads them and hands on what counts."""
    problem = {"problem": "name: churn"}
    same_data = frozenset(TaskOutput("open-run", name) for name in SAME_DATA)
    # The data's bits are the same on each engine, and with any number.
    assert served_from_cache(compiled, problem, same_data) == {"prepare-data"}


def test_new_bytes_at_the_same_uri_are_new_data_for_the_cache(compiled: dict[str, Any]) -> None:
    """The step that reads the source takes the hash of its bytes from one that is never cached."""
    same_run = {"problem": "source: s3://bucket/sales.csv"}
    tasks = {task.component: task for task in drive(compiled, same_run, "run-1")}
    assert tasks["prepare-data"].inputs["data_hash"] == TaskOutput("open-run", "data_hash")
    assert not tasks["open-run"].may_be_cached
    # Another hash, all else as before: nothing is served.
    same_but_data = frozenset(TaskOutput("open-run", name) for name in ("labelled", *SAME_MODEL))
    assert served_from_cache(compiled, same_run, same_but_data) == set()


def test_no_step_with_effects_may_be_served_from_the_cache(compiled: dict[str, Any]) -> None:
    effects = {"open-run", "evaluate-and-release", "finalize-run"}
    for task in drive(compiled, {}, "run-1"):
        name = re.sub(r"-\d+$", "", task.component)
        assert not (task.may_be_cached and name in effects), name

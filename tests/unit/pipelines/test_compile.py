"""Compilation: one YAML for all runners, with other images or without retries."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from homestead.components.base_image import IMAGE
from homestead.deployment.pod_environment import JOB_STORES, PIPELINE_OBJECTS
from homestead.pipelines.compile import (
    COMPILED,
    COMPILED_SCORING,
    compile_scoring,
    compile_training,
    for_this_machine,
    with_image,
)
from homestead.pipelines.step_processes.warm_process import COLD_COMMAND, WARM_COMMAND
from tests.kubeflow import TaskOutput, drive

DIGEST = f"registry.example/homestead-pipeline@sha256:{'1' * 64}"


@pytest.fixture(scope="module")
def compiled() -> dict[str, Any]:
    return dict(next(yaml.safe_load_all(COMPILED.read_text())))


def test_the_repository_holds_the_pipeline_that_the_code_compiles_to(tmp_path: Path) -> None:
    path = compile_training(tmp_path)
    assert path == Path("pipelines/compiled/training.yaml")
    assert (tmp_path / path).read_text() == COMPILED.read_text()


def test_the_scoring_pipeline_is_that_of_the_code_and_one_step(tmp_path: Path) -> None:
    text = (tmp_path / compile_scoring(tmp_path)).read_text()
    assert text == COMPILED_SCORING.read_text()
    pipeline = next(yaml.safe_load_all(text))
    assert set(pipeline["deploymentSpec"]["executors"]) == {"exec-score"}
    assert "enableCache" not in str(pipeline["root"])


def test_scoring_has_the_account_that_may_log_predictions_as_its_scheduled_job_has() -> None:
    _, platform = yaml.safe_load_all(COMPILED_SCORING.read_text())
    step = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]["exec-score"]
    accounts = {
        item["envVar"]: {secret.get("secretName"): {item["secretKey"]: item["envVar"]}}
        for secret in step["secretAsEnv"]
        for item in secret["keyToEnv"]
    }
    job = next(access for access in JOB_STORES["score"] if access.label == "database")
    assert accounts["HOMESTEAD_DATABASE_URL"] == job.secrets
    assert set(job.secrets) <= set(PIPELINE_OBJECTS)


def test_every_step_runs_in_our_image_and_installs_nothing(compiled: dict[str, Any]) -> None:
    executors = compiled["deploymentSpec"]["executors"]
    assert len(executors) >= 5
    for name, executor in executors.items():
        assert executor["container"]["image"] == IMAGE, name
        assert "pip install" not in str(executor["container"]), name


def test_the_local_runner_reads_it() -> None:
    from kfp import components

    loaded = components.load_component_from_file(str(COMPILED))
    assert set(loaded.component_spec.inputs) == {*("problem", "seed", "source_secret", "cause")}


def test_another_image_replaces_that_of_every_step() -> None:
    documents = list(yaml.safe_load_all(with_image(COMPILED.read_text(), DIGEST)))
    executors = documents[0]["deploymentSpec"]["executors"].values()
    assert {executor["container"]["image"] for executor in executors} == {DIGEST}
    # Pods know it, too: it is part of a version's lineage.
    image = {"name": "HOMESTEAD_IMAGE", "value": DIGEST}
    assert all(image in executor["container"]["env"] for executor in executors)
    assert len(documents) == 2


def test_on_one_machine_no_step_is_retried_and_the_run_has_its_id() -> None:
    text = COMPILED.read_text()
    assert "retryPolicy" in text
    local = for_this_machine(text, "0123456789ab")
    assert "retryPolicy" not in local
    assert "{{$.pipeline_job_uuid}}" not in local
    tasks = drive(next(yaml.safe_load_all(local)), {}, run_id="of the runner")
    assert {task.inputs.get("pipeline_run", "0123456789ab") for task in tasks} == {"0123456789ab"}


def test_on_one_machine_a_loop_takes_its_item_alone_from_another_task(
    compiled: dict[str, Any],
) -> None:
    """Kfp's local runner would give each iteration its item in place of any other such input."""
    local = next(yaml.safe_load_all(for_this_machine(COMPILED.read_text(), "1", workers=3)))
    for pipeline, expected in ((compiled, TaskOutput("open-run", "boosting_workers")), (local, 3)):
        (trained,) = [task for task in drive(pipeline, {}, "1") if task.component == "train"]
        assert trained.inputs["boosting_workers"] == expected
        assert trained.inputs["candidate"] == TaskOutput("prepare-data", "Output")


def test_on_one_machine_the_warm_process_may_fork_every_step() -> None:
    local = next(yaml.safe_load_all(for_this_machine(COMPILED.read_text(), "1", is_warm=True)))
    for name, executor in local["deploymentSpec"]["executors"].items():
        (script,) = [part for part in executor["container"]["command"] if "executor_main" in part]
        assert WARM_COMMAND in script, name
        assert COLD_COMMAND not in script, name

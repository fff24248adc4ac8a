"""Compilation of the pipelines to the YAML that every runner gets."""

from pathlib import Path
from typing import Any

import yaml

from homestead.bundled import bundled_path
from homestead.files import atomic_path
from homestead.pipelines.step_processes.warm_process import (
    COLD_COMMAND,
    LOCAL_COMMAND,
    WARM_COMMAND,
)
from homestead.tracking.environment import IMAGE_VARIABLE

_PATH = "pipelines/compiled/training.yaml"
COMPILED = bundled_path(_PATH)
_SCORING_PATH = "pipelines/compiled/scoring.yaml"
COMPILED_SCORING = bundled_path(_SCORING_PATH)
_WORKERS_OUTPUT = "boosting_workers"


def compile_training(folder: Path) -> Path:
    """Write the compiled training pipeline below ``folder`` and return its path there.

    The same code gives the same bytes.
    """
    from homestead.pipelines.training import training

    return _compile(training, folder, _PATH)


def compile_scoring(folder: Path) -> Path:
    """Write the compiled scoring pipeline below ``folder`` and return its path there."""
    from homestead.pipelines.scoring.pipeline import scoring

    return _compile(scoring, folder, _SCORING_PATH)


def _compile(pipeline: Any, folder: Path, path: str) -> Path:
    from kfp import compiler

    with atomic_path(folder / path) as part:
        # The compiler accepts only paths with this suffix.
        package = part.with_suffix(".yaml")
        try:
            compiler.Compiler().compile(pipeline, str(package))
            part.write_bytes(package.read_bytes())
        finally:
            package.unlink(missing_ok=True)
        part.chmod(0o644)
    return Path(path)


def for_this_machine(
    compiled: str, pipeline_run: str, *, is_warm: bool = False, workers: int = 0
) -> str:
    """Return the compiled pipeline for the local runner: with the run's id and without retries.

    On one machine no pod gets lost, so a step that failed would only fail again. The runner's own
    ids are random numbers of eight digits, which repeat after some thousand runs.

    Args:
        is_warm: whether a warm process forks the steps.
        workers: how many fit a LightGBM candidate together. It is known here, and the local runner
            (kfp 2.17.0) gives a loop its item in place of each output of another task.
    """
    from kfp.dsl import PIPELINE_JOB_ID_PLACEHOLDER

    documents = list(
        yaml.safe_load_all(compiled.replace(PIPELINE_JOB_ID_PLACEHOLDER, pipeline_run))
    )
    _remove_key(documents, "retryPolicy")
    _set_loop_inputs(documents, _WORKERS_OUTPUT, workers)
    command = WARM_COMMAND if is_warm else LOCAL_COMMAND
    for container in _containers(documents):
        container["command"] = [
            part.replace(COLD_COMMAND, command) for part in container["command"]
        ]
    return str(yaml.safe_dump_all(documents, sort_keys=False))


def with_image(compiled: str, image: str) -> str:
    """Return the compiled pipeline with every step in another image.

    The backend's cache compares image names only: with a digest in the name it notices new code.
    """
    documents = list(yaml.safe_load_all(compiled))
    for container in _containers(documents):
        container["image"] = image
        # A pod cannot see the name of its image, which lineage tells.
        container.setdefault("env", []).append({"name": IMAGE_VARIABLE, "value": image})
    return str(yaml.safe_dump_all(documents, sort_keys=False))


def _containers(documents: list[Any]) -> list[dict[str, Any]]:
    """Return the containers of a compiled pipeline's steps."""
    executors = documents[0]["deploymentSpec"]["executors"]
    return [executor["container"] for executor in executors.values()]


def _set_loop_inputs(node: Any, output: str, value: Any) -> None:
    """Replace an output of another task by a constant, where a loop takes it as an input."""
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and "parameterIterator" in node:
        for name, source in node["inputs"]["parameters"].items():
            if source.get("taskOutputParameter", {}).get("outputParameterKey") == output:
                node["inputs"]["parameters"][name] = {"runtimeValue": {"constant": value}}
    for child in children:
        _set_loop_inputs(child, output, value)


def _remove_key(node: Any, key: str) -> None:
    if isinstance(node, dict):
        node.pop(key, None)
        for value in node.values():
            _remove_key(value, key)
    elif isinstance(node, list):
        for item in node:
            _remove_key(item, key)

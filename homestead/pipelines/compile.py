"""Compiling the pipeline to the one YAML that both runners get."""

from pathlib import Path
from typing import Any

import yaml

from homestead.bundled import bundled_path

COMPILED = bundled_path("pipelines/compiled/training.yaml")


def compile_training(target: Path = COMPILED) -> Path:
    """Write the compiled training pipeline; the same code gives the same bytes."""
    from kfp import compiler

    from homestead.files import replacing
    from homestead.pipelines.training import training

    with replacing(target) as part:
        yaml = part.with_suffix(".yaml")
        try:
            compiler.Compiler().compile(training, str(yaml))
            part.write_bytes(yaml.read_bytes())
        finally:
            yaml.unlink(missing_ok=True)
        part.chmod(0o644)
    return target


def without_retries(compiled: str) -> str:
    """The compiled pipeline for a runner on one machine, where a step that failed fails again."""
    documents = list(yaml.safe_load_all(compiled))
    _drop(documents, "retryPolicy")
    return str(yaml.safe_dump_all(documents, sort_keys=False))


def with_image(compiled: str, image: str) -> str:
    """The compiled pipeline with every step in another image.

    The backend's cache sees an image's name alone: a digest in it makes the cache see its content.
    """
    documents = list(yaml.safe_load_all(compiled))
    for executor in documents[0]["deploymentSpec"]["executors"].values():
        executor["container"]["image"] = image
    return str(yaml.safe_dump_all(documents, sort_keys=False))


def _drop(part: Any, key: str) -> None:
    if isinstance(part, dict):
        part.pop(key, None)
        for value in part.values():
            _drop(value, key)
    elif isinstance(part, list):
        for item in part:
            _drop(item, key)

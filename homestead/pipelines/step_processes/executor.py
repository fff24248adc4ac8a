"""Executor of a local run's steps: Kubeflow's, which takes over what was finished before.

The local runner starts it as it would start Kubeflow's own, with the same arguments.
"""

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homestead.components.reuse.variables import DATA_CACHE, FINISHED_STEPS

if TYPE_CHECKING:
    from homestead.components.reuse.places import ResultPlaces
    from homestead.components.reuse.store import StepResult

# Records how each attempt ends, and takes that as an input.
_NEVER_TAKEN_OVER = {"finalize_run"}
# Its result follows from its inputs alone.
_TRAINING = "train"
_WORKERS = "boosting_workers"


def main() -> None:
    """Run the component of the command line, or take over its result; then keep that."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--function_to_execute", default="")
    parser.add_argument("--executor_input", default="{}")
    arguments, _ = parser.parse_known_args()
    name: str = arguments.function_to_execute
    folder = os.environ.get(FINISHED_STEPS)
    if not folder or name in _NEVER_TAKEN_OVER:
        _execute()
        return
    # A step that starts from nothing waits for each import.
    from homestead.components.progress import report_step

    request = json.loads(arguments.executor_input)
    places = _places(name, request)
    paths = {output: Path(artifact["uri"]) for output, artifact in _artifacts(request, "outputs")}
    if taken := places.restore(paths):
        result, line = taken
        _write_output(request, result)
        # Steps that share a pod are told one by one.
        with report_step(f"{name} {_parameters(request).get('candidate', '')}".rstrip()) as report:
            report(line)
        return
    _execute()
    written = _read_output(request)
    metadata = {
        output: listed["artifacts"][0].get("metadata", {})
        for output, listed in written.get("artifacts", {}).items()
    }
    places.keep(paths, written.get("parameterValues", {}), metadata)


def _places(name: str, request: dict[str, Any]) -> "ResultPlaces":
    """Return where a component's result may be: of a training also where earlier runs keep it."""
    from homestead.components.reuse.fingerprint import code_hash, content_hash, hash_of
    from homestead.components.reuse.places import ResultPlaces

    parameters = _parameters(request)
    hashes = [(key, content_hash(Path(a["uri"]))) for key, a in _artifacts(request, "inputs")]
    places = ResultPlaces(what="training set, candidate, seed and code")
    if name != _TRAINING:
        content = [name, code_hash(), parameters, hashes]
        places.add(FINISHED_STEPS, f"{name}-{hash_of(content)}")
        return places
    from homestead.components.reuse.trainings import training_key

    # These two are in the key only as far as the candidate follows from them.
    rest = {k: v for k, v in parameters.items() if k not in ("problem", _WORKERS)}
    workers = int(parameters.get(_WORKERS, 0))
    key = training_key(parameters["problem"], parameters["candidate"], workers, [rest, hashes])
    places.add(FINISHED_STEPS, key)
    places.add(DATA_CACHE, key)
    return places


def _execute() -> None:
    from kfp.dsl.executor_main import executor_main

    executor_main()


def _parameters(request: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = request.get("inputs", {}).get("parameterValues", {})
    return values


def _artifacts(request: dict[str, Any], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, listed in request.get(kind, {}).get("artifacts", {}).items():
        for artifact in listed.get("artifacts", ()):
            yield name, artifact


def _output_file(request: dict[str, Any]) -> Path:
    return Path(request["outputs"]["outputFile"])


def _read_output(request: dict[str, Any]) -> dict[str, Any]:
    path = _output_file(request)
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _write_output(request: dict[str, Any], result: "StepResult") -> None:
    """Write what Kubeflow's executor would have written for the runner."""
    artifacts = {
        name: {"artifacts": [{**artifact, "metadata": dict(result.metadata.get(name, {}))}]}
        for name, artifact in _artifacts(request, "outputs")
    }
    output = {"parameterValues": result.value, "artifacts": artifacts}
    path = _output_file(request)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(output), encoding="utf-8")


if __name__ == "__main__":
    main()

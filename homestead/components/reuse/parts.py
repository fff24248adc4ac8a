"""Steps of a pod: each runs, or its result is taken over from where it finished before.

Two stores may hold it, named by variables of the local runner. Kubeflow sets neither: there the
backend's own cache and retry do both.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homestead.components.progress import report_step
from homestead.components.reuse.fingerprint import code_hash, content_hash, data_sections, hash_of
from homestead.components.reuse.places import ResultPlaces
from homestead.components.reuse.variables import DATA_CACHE, FINISHED_STEPS
from homestead.errors import UserError
from homestead.files import read_uri
from homestead.problem.loader import parse_problem

if TYPE_CHECKING:
    from kfp.dsl import Artifact


def run_part(
    component: Any,
    values: Mapping[str, Any],
    outputs: "Mapping[str, Artifact]",
    *,
    of_data: bool = False,
) -> Any:
    """Run a step of a pod and return its answer; take it over if it has finished before.

    Args:
        component: component of the step.
        values: its parameters and input artifacts by name; lists of artifacts too.
        outputs: its output artifacts by name, whose paths it writes.
        of_data: whether its result follows from data, problem and code alone, so that another run
            may have finished it.
    """
    name = str(component.name).replace("-", "_")
    places = _places(name, values, of_data=of_data)
    paths = {output: Path(artifact.path) for output, artifact in outputs.items()}
    if taken := places.restore(paths):
        result, line = taken
        for output, metadata in result.metadata.items():
            outputs[output].metadata.update(metadata)
        with report_step(name) as report:
            report(line)
        return result.value
    value = component.python_func(**values, **outputs)
    places.keep(
        paths, value, {output: dict(artifact.metadata) for output, artifact in outputs.items()}
    )
    return value


def _places(name: str, values: Mapping[str, Any], *, of_data: bool) -> ResultPlaces:
    """Return where a step's result may be."""
    places = ResultPlaces()
    inputs: dict[str, Any] = {}
    if os.environ.get(FINISHED_STEPS):
        inputs = {key: _fingerprint(value) for key, value in values.items()}
        places.add(FINISHED_STEPS, f"{name}-{hash_of([name, code_hash(), inputs])}")
    if of_data and os.environ.get(DATA_CACHE):
        try:
            problem = parse_problem(values["problem"])
            # Files are large: they are read once for both keys.
            inputs = inputs or {key: _fingerprint(value) for key, value in values.items()}
            content = {**inputs, "problem": data_sections(problem)}
            if labelled := values.get("labelled"):
                # Of labelled predictions the content: their file names a run.
                content["labelled"] = hash_of([read_uri(labelled).hex()])
        except (UserError, OSError):
            # The step says what is wrong with it.
            return places
        key = f"{name}-{problem.name}-{hash_of([name, code_hash(), content])}"
        places.add(DATA_CACHE, key)
    return places


def _fingerprint(value: Any) -> Any:
    """Return a parameter, or the hash of an artifact's content."""
    if isinstance(value, list) and all(hasattr(item, "path") for item in value):
        return [_fingerprint(item) for item in value]
    path = getattr(value, "path", None)
    return value if path is None else content_hash(Path(path))

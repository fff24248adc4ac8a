"""Steps of a pod: each runs, or its result is taken over from where it finished before.

Two stores may hold it, named by variables of the local runner. Kubeflow sets neither: there the
backend's own cache and retry do both.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homestead.components.progress import report_step
from homestead.components.reuse.fingerprint import code_hash, content_hash, data_sections, hash_of
from homestead.components.reuse.store import StepResult, StepStore
from homestead.components.reuse.variables import DATA_CACHE, FINISHED_STEPS
from homestead.errors import UserError
from homestead.files import read_uri
from homestead.problem.loader import parse_problem

if TYPE_CHECKING:
    from kfp.dsl import Artifact

# Of each step and problem: two tables that are trained in turn stay.
_KEPT_RESULTS = 3


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
    stores = _stores(name, values, of_data=of_data)
    paths = {output: Path(artifact.path) for output, artifact in outputs.items()}
    for place, (store, key) in stores.items():
        if result := store.restore(key, paths):
            for output, metadata in result.metadata.items():
                outputs[output].metadata.update(metadata)
            with report_step(name) as report:
                report(taken_over(place, result))
            # A later attempt of this run finds it where the run's own are.
            if place == DATA_CACHE and FINISHED_STEPS in stores:
                own, own_key = stores[FINISHED_STEPS]
                own.keep(own_key, paths, result.value, result.metadata)
            return result.value
    value = component.python_func(**values, **outputs)
    metadata = {output: dict(artifact.metadata) for output, artifact in outputs.items()}
    for place, (store, key) in stores.items():
        store.keep(key, paths, value, metadata)
        if place == DATA_CACHE:
            store.prune(key.rpartition("-")[0], _KEPT_RESULTS)
    return value


def taken_over(place: str, result: StepResult) -> str:
    """Return the line of progress about a step whose result a store holds.

    Args:
        place: variable that names the store.
    """
    at = datetime.fromtimestamp(result.at).astimezone().strftime("%Y-%m-%d %H:%M")
    if place == DATA_CACHE:
        return f"the same data, rules and code as at {at}: nothing to do (--no-cache does it again)"
    return f"finished at {at}, in an earlier attempt of this run"


def _stores(
    name: str, values: Mapping[str, Any], *, of_data: bool
) -> dict[str, tuple[StepStore, str]]:
    """Return the stores that may hold a step's result, and its key in each."""
    stores: dict[str, tuple[StepStore, str]] = {}
    inputs: dict[str, Any] = {}
    if folder := os.environ.get(FINISHED_STEPS):
        inputs = {key: _fingerprint(value) for key, value in values.items()}
        key = f"{name}-{hash_of([name, code_hash(), inputs])}"
        stores[FINISHED_STEPS] = (StepStore(Path(folder)), key)
    if of_data and (folder := os.environ.get(DATA_CACHE)):
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
            return stores
        key = f"{name}-{problem.name}-{hash_of([name, code_hash(), content])}"
        stores[DATA_CACHE] = (StepStore(Path(folder)), key)
    return stores


def _fingerprint(value: Any) -> Any:
    """Return a parameter, or the hash of an artifact's content."""
    if isinstance(value, list) and all(hasattr(item, "path") for item in value):
        return [_fingerprint(item) for item in value]
    path = getattr(value, "path", None)
    return value if path is None else content_hash(Path(path))

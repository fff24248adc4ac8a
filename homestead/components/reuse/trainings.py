"""Key of a candidate's training: what its ONNX file and its figures follow from."""

from typing import Any

from homestead.components.reuse.fingerprint import code_hash, hash_of, training_sections
from homestead.problem.loader import parse_problem
from homestead.settings import Settings
from homestead.training.distributed.workers import (
    boosting_workers,
    distributed_boosting,
    settings_of_run,
)
from homestead.training.studies.shards import parse_task


def training_key(problem: str, task: str, workers: int, inputs: Any) -> str:
    """Return the key of a training in a store of results.

    Threads, processes of a search and machines do not count: they change nothing in a model.

    Args:
        problem: as the train step gets it, a path or a text.
        task: as the train step gets it: a candidate's name, with a number if it only helps.
        workers: how many fit a LightGBM candidate together: another number gives another model.
        inputs: the step's other parameters, and the hash of the training set.

    Raises:
        UserError: the problem cannot be read.
    """
    parsed = parse_problem(problem)
    candidate, _ = parse_task(task)
    with distributed_boosting(settings_of_run(Settings.read(), workers)):
        workers = boosting_workers(parsed.candidates[candidate].estimator)
    sections = training_sections(parsed, candidate)
    content = [code_hash(), sections, task, workers, inputs]
    # A file's name has no slash.
    return f"train-{parsed.name}-{task.replace('/', '.')}-{hash_of(content)}"

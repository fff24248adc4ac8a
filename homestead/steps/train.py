"""Train: search, fit and export one candidate, or help with another task's search."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from homestead.problem.schema import Problem
from homestead.settings import Settings
from homestead.steps.search.shared import helped_host, join_search
from homestead.training.candidate_file import write_candidate, write_helped
from homestead.training.distributed.workers import distributed_boosting
from homestead.training.search import train_candidate
from homestead.training.studies.candidate_search import MemoryHost, StudyHost
from homestead.training.studies.shards import parse_task


def train_and_write_candidate(
    problem: Problem,
    task: str,
    seed: int,
    settings: Settings | None = None,
    *,
    dataset: Path,
    model: Path,
    result: Path,
    report: Callable[[str], None],
) -> dict[str, float | None]:
    """Train a candidate, write its ONNX file and its result, and return its validation metrics.

    Args:
        task: of :func:`homestead.training.studies.shards.training_tasks`: a key of
            ``problem.candidates``, or with a number if the task only runs trials of its search.
        settings: where long searches lie, which are resumed and shared; None searches in this
            process alone, with the same result.
        dataset: Parquet file of the training set.
        model: ONNX file to write; empty for such a task.
        result: JSON file to write, for :func:`homestead.training.candidate_file.read_candidates`.

    Raises:
        UserError: the candidate cannot be fitted.
    """
    candidate, only_helps = parse_task(task)
    if only_helps:
        assert settings is not None  # noqa: S101 - there is no other task to help
        join_search(problem, candidate, seed, dataset, settings, report)
        write_helped(candidate, model, result)
        return {}
    with ExitStack() as stack:
        stack.enter_context(distributed_boosting(settings))
        host: StudyHost = MemoryHost()
        if settings is not None:
            shared = helped_host(problem, candidate, seed, dataset, settings, report)
            host = stack.enter_context(shared)
        trained = train_candidate(candidate, dataset, problem, seed, report, host)
    write_candidate(trained, model, result)
    return {name: measured.value for name, measured in trained.validation.items()}

"""Checks of metrics, baseline and candidates."""

from collections.abc import Iterator

from homestead.problem.model_metrics.table import metrics_of
from homestead.problem.sections.fields import ProblemFields
from homestead.problem.validation.names import unless_allowed


def evaluation_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that metrics and candidates fit the task, and that the baseline is a column."""
    metrics = [metric.name for metric in metrics_of(problem.task)]
    yield from unless_allowed("metric", problem.metric, metrics)
    for name in problem.gate.limits:
        yield from unless_allowed("gate.limits", name, metrics)
    if problem.baseline is not None:
        inputs = [name for name in problem.columns if name != problem.target]
        yield from unless_allowed("baseline", problem.baseline, inputs)
    for name, candidate in problem.candidates.items():
        if candidate.task != problem.task:
            yield (
                f"candidates.{name}.estimator: {candidate.estimator} is for a"
                f" {candidate.task}, the task is {problem.task}"
            )

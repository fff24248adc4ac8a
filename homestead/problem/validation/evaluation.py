"""Checks of metrics, baseline, candidates and causes of training."""

from collections.abc import Iterator

from homestead.problem.model_metrics.table import MODEL_METRICS
from homestead.problem.sections.fields import ProblemFields
from homestead.problem.validation.names import unless_allowed


def evaluation_errors(problem: ProblemFields) -> Iterator[str]:
    """Check that metrics, candidates, baseline and causes of training fit the problem."""
    metrics = [
        metric.name
        for metric in MODEL_METRICS.values()
        if metric.task == problem.task
        and (not metric.parameter or getattr(problem, metric.parameter) is not None)
    ]
    found = {"metric": [problem.metric], "gate.limits": [*problem.gate.limits]}
    for key, names in found.items():
        for name in names:
            metric = MODEL_METRICS.get(name)
            if metric and metric.task == problem.task and name not in metrics:
                yield f"{key}: found {name!r}, which needs the key {metric.parameter!r}"
            else:
                yield from unless_allowed(key, name, metrics)
    if problem.baseline is not None:
        inputs = [name for name in problem.columns if name != problem.target]
        yield from unless_allowed("baseline", problem.baseline, inputs)
    retraining = problem.retraining
    if retraining is not None and retraining.drift and not problem.drift.calibrated:
        yield (
            "retraining.drift: found true, but drift.calibrated is false, and the share of drifted"
            " inputs is never a cause; allowed is true with drift.calibrated"
        )
    for name, candidate in problem.candidates.items():
        if candidate.task != problem.task:
            yield (
                f"candidates.{name}.estimator: {candidate.estimator} is for a"
                f" {candidate.task}, the task is {problem.task}"
            )

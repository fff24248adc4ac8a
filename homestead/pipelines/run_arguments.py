"""Arguments of a run on Kubeflow Pipelines."""

from typing import Any

from homestead.deployment.problems.pod_source import with_pod_source
from homestead.deployment.problems.source_access import source_secret
from homestead.errors import UserError
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem

MAX_PARAMETER_BYTES = 60_000  # the backend's limit for one parameter


def run_arguments(problem: Problem, seed: int = 0, cause: str = "") -> dict[str, Any]:
    """Return the arguments of the pipeline.

    Args:
        cause: what a retraining was started for; '' for any other run.

    Raises:
        UserError: a pod cannot read the problem's source, or the problem is too large for a
            parameter.
    """
    text = dump_problem(with_pod_source(problem))
    size = len(text.encode())
    if size > MAX_PARAMETER_BYTES:
        raise UserError(
            f"problem {problem.name}: {size} bytes, a parameter may hold {MAX_PARAMETER_BYTES}"
        )
    return {
        "problem": text,
        "seed": seed,
        "source_secret": source_secret(problem.name),
        "cause": cause,
    }

"""Resumption of a failed run on Kubeflow Pipelines, by the backend's own retry.

The backend deletes what failed of the run and runs it again; what succeeded stays, the recording of
the first end included: the last step records the second one (:mod:`homestead.steps.release`).
"""

from typing import TYPE_CHECKING, Any

import yaml

from homestead.errors import UserError
from homestead.pipelines.run_arguments import run_arguments
from homestead.problem.loader import parse_problem
from homestead.problem.schema import Problem

if TYPE_CHECKING:
    from kfp.client import Client

_RESUMABLE = ("FAILED", "CANCELED")


def retry_run(client: "Client", run_id: str, problem: Problem) -> None:
    """Let a failed run go on at the steps that failed.

    Args:
        problem: the problem that it was submitted with.

    Raises:
        UserError: it has not failed, or was submitted with another problem file.
        ApiException: the backend has no such run.
    """
    run = client.get_run(run_id)
    if run.state not in _RESUMABLE:
        raise UserError(
            f"run {run_id}: found state {run.state}, only one that is {' or '.join(_RESUMABLE)}"
            " can be resumed"
        )
    parameters: dict[str, Any] = (run.runtime_config and run.runtime_config.parameters) or {}
    given = str(parameters.get("problem", ""))
    # A path in the image is that of a file that only the image has.
    if "\n" in given and (changed := _changed_sections(given, problem)):
        raise UserError(
            f"run {run_id}: its problem file was another one: {', '.join(changed)} differ; resume"
            " with the same file, or submit a new run"
        )
    client._run_api.run_service_retry_run(run_id)


def _changed_sections(given: str, problem: Problem) -> list[str]:
    """Return the names of the sections in which the run's problem differs from another one."""
    now = parse_problem(run_arguments(problem)["problem"])
    try:
        before = parse_problem(given)
    except (UserError, yaml.YAMLError):
        return ["all sections"]  # of a version that knew other keys
    old, new = before.model_dump(mode="json"), now.model_dump(mode="json")
    return [name for name in new if old.get(name) != new[name]]

"""Runs of retraining on Kubeflow Pipelines, each submitted under an id of our own.

The API takes a run's id from the client. It creates the workflow before it stores the run, so that
a second request with the same id is refused, but may leave a second workflow. So the run is looked
up before each request, and again after each refusal.
"""

import time
from typing import TYPE_CHECKING

import yaml

from homestead.pipelines.failed_steps import failure_reason
from homestead.pipelines.retraining.local_runs import completed_end
from homestead.pipelines.run_arguments import run_arguments
from homestead.pipelines.submit import Backend, api_errors, compiled_package
from homestead.problem.schema import Problem
from homestead.retraining.cause import Cause
from homestead.retraining.run import RetrainingRun
from homestead.settings import Settings
from homestead.steps.retraining.training_backend import RunEnd, describe_causes
from homestead.tracking import runs
from homestead.tracking.kubeflow_runs import END_STATES

if TYPE_CHECKING:
    from kfp.client import Client
    from kfp_server_api import V2beta1Run

_NOT_FOUND = 404
# The backend has no end for a step that waits for an image or for memory.
LONGEST_RUN_S = 48 * 3600.0


class KubeflowRuns:
    """Submits runs to a Kubeflow Pipelines API, and asks it how they ended.

    Implements :class:`.training_backend.TrainingBackend`.

    Attributes:
        name: the API's address.
    """

    def __init__(self, problem: Problem, settings: Settings, backend: Backend) -> None:
        self.name = backend.host
        self._problem, self._settings, self._backend = problem, settings, backend

    def submit(self, run: RetrainingRun, causes: list[Cause]) -> str:
        """Submit a run, unless the API has one of its id.

        Raises:
            UserError: a pod cannot read the problem's source, the problem is too large for a
                parameter, or the API refuses the run or does not answer.
        """
        from kfp_server_api import ApiException

        arguments = run_arguments(self._problem, cause=describe_causes(causes))
        client = self._backend.client()
        with api_errors(self.name):
            if _find(client, run.id) is not None:
                return run.id
            try:
                created = client.runs.run_service_create_run(
                    run=self._request(client, run, arguments)
                )
            except ApiException:
                # An earlier request may have arrived whose answer did not.
                if _find(client, run.id) is None:
                    raise
                return run.id
        return str(created.run_id)

    def poll(self, run: RetrainingRun) -> RunEnd | None:
        """Return how a run ended; one that takes far too long is terminated.

        Raises:
            UserError: the API does not answer.
        """
        client = self._backend.client()
        run_id = run.run_id or run.id
        with api_errors(self.name):
            found = _find(client, run_id)
            if found is None:
                return RunEnd("failed", f"{self.name} has no run {run_id} any more")
            if found.state not in END_STATES:
                if time.time() < run.started_at + LONGEST_RUN_S:
                    return None
                client.terminate_run(run_id)
                hours = LONGEST_RUN_S / 3600
                return RunEnd("failed", f"{found.state} after {hours:g} hours: terminated")
        return self._end(found)

    def _end(self, found: "V2beta1Run") -> RunEnd:
        run_id = str(found.run_id)
        if found.state == "SUCCEEDED":
            mlflow = runs.open_client(self._settings)
            parent = runs.find_run(mlflow, self._problem.name, run_id)
            end = None if parent is None else completed_end(parent)
            return end or RunEnd("succeeded", f"MLflow has no completed run for {run_id}")
        if found.state == "FAILED":
            token = self._backend.bearer_token()
            return RunEnd("failed", failure_reason(self.name, token, found).partition("\n")[0])
        return RunEnd("failed", str(found.state))

    def _request(
        self, client: "Client", run: RetrainingRun, arguments: dict[str, object]
    ) -> "V2beta1Run":
        from kfp_server_api import V2beta1Run, V2beta1RuntimeConfig

        experiment = client.create_experiment(self._problem.name)
        with compiled_package(self._backend) as package:
            spec, platform = yaml.safe_load_all(package.read_text(encoding="utf-8"))
        return V2beta1Run(
            run_id=run.id,
            experiment_id=experiment.experiment_id,
            display_name=f"{self._problem.name}-retraining-{run.number}",
            pipeline_spec={"pipeline_spec": spec, "platform_spec": platform},
            runtime_config=V2beta1RuntimeConfig(parameters=arguments),
            service_account=self._backend.service_account or None,
        )


def _find(client: "Client", run_id: str) -> "V2beta1Run | None":
    """Return a run by its id, or None if the API has none."""
    from kfp_server_api import ApiException

    try:
        return client.get_run(run_id)
    except ApiException as error:
        if error.status == _NOT_FOUND:
            return None
        raise

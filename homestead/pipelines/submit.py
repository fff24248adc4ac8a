"""Submission of the compiled pipeline to Kubeflow Pipelines."""

import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homestead.errors import UserError
from homestead.names import TRAINING_PIPELINE
from homestead.pipelines.attempts.kubeflow_retry import retry_run
from homestead.pipelines.compile import COMPILED, with_image
from homestead.pipelines.run_arguments import run_arguments
from homestead.pipelines.wait import (
    WaitEndedError,
    cancel,
    limited_client,
    noted_signals,
    wait_for_end,
)
from homestead.problem.schema import Problem

if TYPE_CHECKING:
    from kfp.client import Client

IMAGE_VARIABLE = "HOMESTEAD_PIPELINE_IMAGE"
TOKEN_VARIABLE = "KUBEFLOW_TOKEN"  # noqa: S105
_CRON_FIELDS = 6


@dataclass(frozen=True)
class Backend:
    """A Kubeflow Pipelines API, and how runs are executed there.

    Attributes:
        host: URL of the API.
        image: image of the steps, best by digest (``name@sha256:…``), so that the cache notices
            new code. Default: ``HOMESTEAD_PIPELINE_IMAGE``, else the image of this version.
        service_account: Kubernetes service account of the steps; '' for the backend's default.
        namespace: namespace of the profile, on a multi-user installation.
        token: bearer token of a user. Default: ``KUBEFLOW_TOKEN``.
    """

    host: str
    image: str = ""
    service_account: str = ""
    namespace: str = ""
    token: str = field(default="", repr=False)

    def client(self) -> "Client":
        """Return a client of the API.

        Raises:
            UserError: the API does not answer.
        """
        with api_errors(self.host):
            return limited_client(
                host=self.host,
                existing_token=self.bearer_token() or None,
                namespace=self.namespace or "kubeflow",
            )

    def bearer_token(self) -> str:
        """Return the user's token; '' for none."""
        return self.token or os.environ.get(TOKEN_VARIABLE, "")

    def step_image(self) -> str:
        """Return the image that replaces the compiled one; '' to keep that."""
        return self.image or os.environ.get(IMAGE_VARIABLE, "")


def submit(
    problem: Problem,
    backend: Backend,
    seed: int = 0,
    cron: str = "",
    wait_s: int = 0,
    cancels: bool = False,
    resume: str = "",
) -> str:
    """Submit a run, or a recurring run, and return its id.

    Args:
        seed: seed of searches and estimators.
        cron: schedule of a recurring run in Kubeflow's format: six fields, seconds first, such as
            ``0 0 3 * * 1``. Default: one run now.
        wait_s: how long to wait for the end of the run; 0 not to wait.
        cancels: whether the run is cancelled if the wait ends before it: after ``wait_s``, or by
            SIGTERM or SIGINT.
        resume: id of a failed run that goes on at the steps that failed, in place of a new one.

    Raises:
        UserError: a pod cannot read the problem's source, the problem is too large for a
            parameter, the schedule has another number of fields, the API does not answer, or, with
            ``wait_s``, the run fails or does not end; or the run to resume has not failed or was
            submitted with another problem file.
    """
    arguments = run_arguments(problem, seed)
    client = backend.client()
    if cron:
        return _submit_recurring(backend, client, problem.name, arguments, cron)
    with noted_signals() if wait_s else nullcontext(threading.Event()) as stop:
        if resume:
            with api_errors(backend.host):
                retry_run(client, resume, problem)
            run_id = resume
        else:
            run_id = _submit_run(backend, client, problem.name, arguments)
        if wait_s:
            _wait(backend, client, run_id, wait_s, stop, cancels)
    return run_id


def _submit_run(backend: Backend, client: "Client", name: str, arguments: dict[str, Any]) -> str:
    with api_errors(backend.host), compiled_package(backend) as package:
        run = client.create_run_from_pipeline_package(
            str(package),
            arguments=arguments,
            run_name=f"{name}-training",
            experiment_name=name,
            service_account=backend.service_account or None,
        )
    return str(run.run_id)


def _wait(
    backend: Backend,
    client: "Client",
    run_id: str,
    wait_s: int,
    stop: threading.Event,
    cancels: bool,
) -> None:
    try:
        with api_errors(backend.host):
            wait_for_end(client, backend.host, backend.bearer_token(), run_id, wait_s, stop)
    except WaitEndedError as error:
        if not cancels:
            raise UserError(f"{error}; it goes on") from None
        raise UserError(f"{error}; {cancel(client, run_id)}") from None


def _submit_recurring(
    backend: Backend, client: "Client", name: str, arguments: dict[str, Any], cron: str
) -> str:
    fields = len(cron.split())
    if fields != _CRON_FIELDS:
        raise UserError(f"cron: found {fields} fields in {cron!r}, allowed are six, seconds first")
    with api_errors(backend.host), compiled_package(backend) as package:
        experiment = client.create_experiment(name)
        recurring_run = client.create_recurring_run(
            experiment_id=experiment.experiment_id,
            job_name=f"{name}-retraining",
            cron_expression=cron,
            max_concurrency=1,
            # Do not catch up on runs that were missed while the backend was down.
            no_catchup=True,
            pipeline_package_path=str(package),
            params=arguments,
            service_account=backend.service_account or None,
        )
    return str(recurring_run.recurring_run_id)


@dataclass(frozen=True)
class UploadedVersion:
    """A version of the pipeline at the backend.

    Attributes:
        name: holds the hash of the version's content.
        is_new: whether it was not there before.
    """

    version_id: str
    name: str
    is_new: bool


def upload(backend: Backend) -> UploadedVersion:
    """Upload the pipeline as a new version, for the backend's UI.

    A version that is there already, with the same content, stays as it is.

    Raises:
        UserError: the API does not answer or refuses it.
    """
    client = backend.client()
    with api_errors(backend.host), compiled_package(backend) as package:
        name = f"{TRAINING_PIPELINE}-{hashlib.sha256(package.read_bytes()).hexdigest()[:12]}"
        pipeline_id = client.get_pipeline_id(TRAINING_PIPELINE)
        if pipeline_id is None:
            # This makes a first version, too, but under the pipeline's own name.
            pipeline_id = client.upload_pipeline(str(package), TRAINING_PIPELINE).pipeline_id
        for version in _versions(client, str(pipeline_id)):
            if version.display_name == name:
                return UploadedVersion(str(version.pipeline_version_id), name, is_new=False)
        version = client.upload_pipeline_version(str(package), name, pipeline_id=pipeline_id)
        return UploadedVersion(str(version.pipeline_version_id), name, is_new=True)


def _versions(client: "Client", pipeline_id: str) -> Iterator[Any]:
    """Yield the versions of a pipeline."""
    token = ""
    while True:
        page = client.list_pipeline_versions(pipeline_id, page_token=token, page_size=100)
        yield from page.pipeline_versions or ()
        token = page.next_page_token or ""
        if not token:
            return


@contextmanager
def compiled_package(backend: Backend) -> Iterator[Path]:
    """Yield the path of the compiled pipeline with the backend's image."""
    image = backend.step_image()
    if not image:
        yield COMPILED
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "training.yaml"
        path.write_text(with_image(COMPILED.read_text(encoding="utf-8"), image), encoding="utf-8")
        yield path


@contextmanager
def api_errors(host: str) -> Iterator[None]:
    """Turn errors of the generated client into a UserError that names the host."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        # The client has no common base for refused, unreachable and unauthorised.
        if "Connection refused" in str(error) or "Name or service not known" in str(error):
            raise UserError(
                f"{host}: Kubeflow Pipelines does not answer: nothing listens there. Is the address"
                " right (--host, KFP_HOST), and is a port forwarded to it? kubectl port-forward -n"
                " kubeflow svc/ml-pipeline 8888"
            ) from None
        raise UserError(f"{host}: Kubeflow Pipelines refused the request: {error}") from None

"""Submitting the compiled pipeline to Kubeflow Pipelines."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homestead.errors import UserError
from homestead.pipelines.compile import COMPILED, with_image
from homestead.problem.loader import dump_problem
from homestead.problem.schema import Problem

MAX_PARAMETER_BYTES = 60_000  # bytes that a parameter may hold on the backend
PIPELINE_NAME = "homestead-training"


@dataclass(frozen=True)
class Backend:
    """A Kubeflow Pipelines API and how runs are to be run there.

    Attributes:
        host: URL of the API.
        image: what the steps run in, best by digest (``name@sha256:…``): the cache then sees new
            code. Default: ``HOMESTEAD_PIPELINE_IMAGE``, else the image of this version.
        account: Kubernetes service account of the steps; '' for the backend's default.
        namespace: the profile's, on a multi-user installation.
        token: of a user; ``KUBEFLOW_TOKEN`` where it is not given.
    """

    host: str
    image: str = ""
    account: str = ""
    namespace: str = ""
    token: str = ""

    def client(self) -> Any:
        """The client of the API.

        Raises:
            UserError: nobody answers.
        """
        from kfp import Client

        with _explained(self.host):
            token = self.token or os.environ.get("KUBEFLOW_TOKEN") or None
            return Client(
                host=self.host, existing_token=token, namespace=self.namespace or "kubeflow"
            )


def submit(
    problem: Problem,
    host: str | Backend,
    seed: int = 0,
    cron: str = "",
    wait_s: int = 0,
) -> str:
    """Submit a run, or with ``cron`` a recurring one; returns its id.

    Args:
        cron: six fields, seconds first, as Kubeflow reads them: ``0 0 3 * * 1``.
        wait_s: wait so long for the run's end; 0 for not at all.

    Raises:
        UserError: the problem is too large for a parameter, the API does not answer, or, with
            ``wait_s``, the run fails or does not end.
    """
    text = dump_problem(problem)
    size = len(text.encode())
    if size > MAX_PARAMETER_BYTES:
        raise UserError(
            f"problem {problem.name}: {size} bytes, a parameter may hold {MAX_PARAMETER_BYTES}"
        )
    backend = host if isinstance(host, Backend) else Backend(host)
    client = backend.client()
    given: dict[str, Any] = {"problem": text, "seed": seed}
    if cron:
        return _recurring(backend, client, problem.name, given, cron)
    with _explained(backend.host), _package(backend.image) as package:
        run = client.create_run_from_pipeline_package(
            str(package),
            arguments=given,
            run_name=f"{problem.name}-training",
            experiment_name=problem.name,
            service_account=backend.account or None,
        )
    if wait_s:
        _wait(backend, client, str(run.run_id), wait_s)
    return str(run.run_id)


def _recurring(backend: Backend, client: Any, name: str, given: dict[str, Any], cron: str) -> str:
    fields = len(cron.split())
    if fields != 6:
        raise UserError(f"cron: found {fields} fields in {cron!r}, allowed are six, seconds first")
    with _explained(backend.host), _package(backend.image) as package:
        experiment = client.create_experiment(name)
        found = client.create_recurring_run(
            experiment_id=experiment.experiment_id,
            job_name=f"{name}-retraining",
            cron_expression=cron,
            max_concurrency=1,
            # What was missed while the backend was away is not made up for.
            no_catchup=True,
            pipeline_package_path=str(package),
            params=given,
            service_account=backend.account or None,
        )
    return str(found.recurring_run_id)


def upload(backend: Backend) -> str:
    """Put the pipeline, or a new version of it, where the UI shows it; returns its id.

    Raises:
        UserError: the API does not answer or refuses it.
    """
    client = backend.client()
    with _explained(backend.host), _package(backend.image) as package:
        known = client.get_pipeline_id(PIPELINE_NAME)
        if known is None:
            return str(client.upload_pipeline(str(package), PIPELINE_NAME).pipeline_id)
        image = _image(backend.image)
        label = image.rpartition("@sha256:")[2][:12] if "@" in image else image.rpartition(":")[2]
        version = client.upload_pipeline_version(
            str(package), f"{PIPELINE_NAME}-{label or 'default'}", pipeline_id=known
        )
        return str(version.pipeline_version_id)


def _wait(backend: Backend, client: Any, run_id: str, seconds: int) -> None:
    with _explained(backend.host):
        try:
            ended = client.wait_for_run_completion(run_id, timeout=seconds)
        except TimeoutError:
            raise UserError(f"run {run_id}: not at its end after {seconds} s") from None
    if ended.state != "SUCCEEDED":
        raise UserError(f"run {run_id}: {ended.state}; its steps' logs say why")


def _image(given: str) -> str:
    return given or os.environ.get("HOMESTEAD_PIPELINE_IMAGE", "")


@contextmanager
def _package(image: str) -> Iterator[Path]:
    """The compiled pipeline, in the image that was asked for."""
    wanted = _image(image)
    if not wanted:
        yield COMPILED
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "training.yaml"
        path.write_text(with_image(COMPILED.read_text(), wanted))
        yield path


@contextmanager
def _explained(host: str) -> Iterator[None]:
    try:
        yield
    except (UserError, TimeoutError):
        raise
    except Exception as error:
        # The generated client has no common error for refused, unreachable and unauthorised.
        raise UserError(f"{host}: Kubeflow Pipelines refused the run: {error}") from None

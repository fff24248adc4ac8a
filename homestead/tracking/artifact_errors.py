"""Client of MLflow whose artifact store fails in one way, wherever it lies."""

from collections.abc import Iterator
from contextlib import contextmanager

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException


class TrackingClient(MlflowClient):
    """MLflow's client; what an object store refuses is an MlflowException that names the file.

    In writing MLflow passes errors of the object store's library on as they are, which callers
    would have to know for each kind of store.
    """

    def log_artifact(self, run_id: str, local_path: str, artifact_path: str | None = None) -> None:
        """Write a local file to a run, as MLflow's method of this name and all that use it do."""
        with _named(f"run {run_id}: {artifact_path or 'artifacts'}: cannot be written"):
            super().log_artifact(run_id, local_path, artifact_path)

    def log_artifacts(self, run_id: str, local_dir: str, artifact_path: str | None = None) -> None:
        """Write the files of a local folder to a run."""
        with _named(f"run {run_id}: {artifact_path or 'artifacts'}: cannot be written"):
            super().log_artifacts(run_id, local_dir, artifact_path)

    def log_model_artifacts(
        self, model_id: str, local_dir: str, artifact_path: str | None = None
    ) -> None:
        """Write the files of a local folder to a logged model."""
        with _named(f"model {model_id}: cannot be written"):
            super().log_model_artifacts(model_id, local_dir, artifact_path)


@contextmanager
def _named(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # By name, since the library is there only where object stores are used.
        if not any(
            cls.__module__.startswith(("boto", "s3transfer")) for cls in type(error).__mro__
        ):
            raise
        raise MlflowException(f"{what}: {error}") from error

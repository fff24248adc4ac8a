"""Parent runs that go on after they had ended as failed."""

import contextlib

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from homestead.tracking import tags
from homestead.tracking.runs import process_tags


def reopen_run(mlflow: MlflowClient, run_id: str, pid: int) -> None:
    """Let a failed run go on in another process.

    The reason of its failure is removed: the attempt that goes on writes its own.

    Args:
        pid: process that runs it from now on.
    """
    for name, value in process_tags(str(pid)).items():
        mlflow.set_tag(run_id, name, value)
    for name in (tags.REASON, MLFLOW_RUN_NOTE):
        # A run that was killed has none.
        with contextlib.suppress(MlflowException):
            mlflow.delete_tag(run_id, name)
    mlflow.update_run(run_id, status="RUNNING")

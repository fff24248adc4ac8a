"""Sending events: a training never waits long for their endpoint, and never fails because of it."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from mlflow import MlflowClient

from homestead.tracking import tags
from homestead.tracking.openlineage.activation import is_active
from homestead.tracking.openlineage.run_events import TrainedVersion, run_event

if TYPE_CHECKING:
    from openlineage.client.event_v2 import RunEvent

_DEADLINE_S = 5.0


def emit_run(mlflow: MlflowClient, run_id: str, status: str, report: Callable[[str], None]) -> None:
    """Send the event of a parent run's state, if an endpoint is set and the client is installed.

    A failure is reported and stops nothing.

    Args:
        status: MLflow's: ``RUNNING`` for the start, or how the run ended.
    """
    if not is_active():
        return
    try:
        run = mlflow.get_run(run_id)
        version = _version(mlflow, run.data.tags) if status == "FINISHED" else None
        _send(run_event(run, status, version))
    except Exception as error:
        # The client raises its own errors, those of its transport and of the network.
        report(f"run {run_id}: no lineage event was sent: {error}")


def _version(mlflow: MlflowClient, run_tags: dict[str, str]) -> TrainedVersion | None:
    number = run_tags.get(tags.VERSION)
    if not number:
        return None
    registered = mlflow.get_model_version(run_tags[tags.PROBLEM], number)
    return TrainedVersion(registered.tags[tags.URI], registered.tags[tags.DIGEST])


def _send(event: "RunEvent") -> None:
    """Send an event in a thread, for at most ``_DEADLINE_S``.

    The client's own retries and timeouts add up to more.

    Raises:
        TimeoutError: the endpoint did not answer in time.
        Exception: whatever the client raises.
    """
    from openlineage.client import OpenLineageClient

    failures: list[Exception] = []

    def send() -> None:
        try:
            client = OpenLineageClient()
            client.emit(event)
            client.close()
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=send, daemon=True, name="openlineage")
    thread.start()
    thread.join(_DEADLINE_S)
    if thread.is_alive():
        raise TimeoutError(f"no answer within {_DEADLINE_S:g} s")
    if failures:
        raise failures[0]

"""Wait for a run of Kubeflow Pipelines: until it ends, or the waiting process is told to."""

import contextlib
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from homestead.errors import UserError
from homestead.pipelines.failed_steps import failure_reason
from homestead.tracking.kubeflow_runs import END_STATES

if TYPE_CHECKING:
    from kfp.client import Client

# Longest time for one call of the API; a read is tried three more times by the client.
CALL_TIMEOUT_S = 20
_POLL_S = 5
# A backend that restarts is asked again; the run goes on meanwhile.
_UNREACHABLE_S = 300
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_CLIENT_ERRORS = range(400, 500)


class WaitEndedError(UserError):
    """The wait ended before the run."""


def limited_client(**options: Any) -> "Client":
    """Return a client of which each call has a time limit; a hung one would never end.

    Args:
        options: of kfp's client.
    """
    from kfp.client import Client

    class LimitedClient(Client):  # type: ignore[misc]
        def get_kfp_healthz(self, *arguments: Any) -> Any:
            # The first call of its constructor.
            _limit_calls(self)
            return super().get_kfp_healthz(*arguments)

    with warnings.catch_warnings():
        # The client warns of backends of version 1, whatever the backend's version is.
        warnings.filterwarnings("ignore", "This client only works with", FutureWarning)
        client = LimitedClient(**options)
    _limit_calls(client)
    return client


def _limit_calls(client: "Client") -> None:
    # The client offers no way to it; its generated clients share this one.
    rest = client._healthz_api.api_client.rest_client
    request = rest.request

    def limited(*arguments: Any, **options: Any) -> Any:
        options["_request_timeout"] = options.get("_request_timeout") or CALL_TIMEOUT_S
        return request(*arguments, **options)

    rest.request = limited


@contextlib.contextmanager
def noted_signals() -> Iterator[threading.Event]:
    """Yield an event that is set by SIGTERM or SIGINT, which do nothing else in the block.

    So a submission that is under way ends, and its run can be cancelled.
    """
    noted = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield noted  # signals reach the main thread only
        return
    before = {number: signal.signal(number, lambda *_: noted.set()) for number in _SIGNALS}
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_end(
    client: "Client", host: str, token: str, run_id: str, timeout_s: int, stop: threading.Event
) -> None:
    """Return once a run has succeeded.

    Args:
        host: URL of the API.
        token: bearer token; '' for none.
        stop: ends the wait when it is set.

    Raises:
        UserError: the run failed, was cancelled or skipped; the message says why.
        WaitEndedError: it does not end in ``timeout_s``, or the wait was stopped.
    """
    deadline = time.monotonic() + timeout_s
    # The client's own wait knows no end by cancellation.
    while True:
        run = _read(lambda: client.get_run(run_id), stop)
        state = run.state if run else "not known"
        if state in END_STATES:
            break
        if stop.is_set():
            raise WaitEndedError(f"run {run_id}: the wait was ended by a signal")
        if time.monotonic() > deadline:
            raise WaitEndedError(f"run {run_id}: {state} and not finished after {timeout_s} s")
        stop.wait(min(_POLL_S, timeout_s))
    if state == "FAILED":
        raise UserError(f"run {run_id}: FAILED\n{failure_reason(host, token, run)}")
    if state != "SUCCEEDED":
        raise UserError(f"run {run_id}: {state}")


def _read(call: Callable[[], Any], stop: threading.Event) -> Any:
    """Return the result of a call, which is repeated while the backend is away; None if stopped.

    Raises:
        Exception: that of the last call, after five minutes or if the backend refuses it.
    """
    from kfp_server_api import ApiException

    last_chance = time.monotonic() + _UNREACHABLE_S
    while not stop.is_set():
        try:
            return call()
        except Exception as error:
            refused = isinstance(error, ApiException) and error.status in _CLIENT_ERRORS
            if refused or time.monotonic() > last_chance:
                raise
        stop.wait(_POLL_S)
    return None


def cancel(client: "Client", run_id: str) -> str:
    """Cancel a run, and return what came of it as a sentence."""
    try:
        client.terminate_run(run_id)
    except Exception as error:
        # The client has no common base for refused, unreachable and unauthorised.
        return f"it could not be cancelled and may go on: {error}"
    return "it is cancelled"

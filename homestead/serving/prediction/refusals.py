"""Error responses: from an exception to status, body and metric."""

import logging

from homestead.serving.errors import RefusedError
from homestead.serving.http.request import HttpRequest
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.protocols.base import ProtocolAdapter

_LOG = logging.getLogger(__name__)


class ErrorResponses:
    """Encodes, counts and logs the errors of one problem's requests."""

    def __init__(self, problem: str, metrics: ServerMetrics) -> None:
        self._problem = problem
        self._metrics = metrics

    def encode(self, adapter: ProtocolAdapter, error: Exception) -> tuple[int, bytes]:
        """Return the status and the body of the response to a request that failed."""
        status, reason, message = _describe(error)
        if not isinstance(error, RefusedError):
            _LOG.error("a request failed", exc_info=error)
        counter = (
            "homestead_failed_requests_total"
            if status >= 500
            else "homestead_rejected_requests_total"
        )
        self._metrics.counter(counter, self._problem, reason).inc()
        return status, adapter.encode_error(status, reason, message)


def check_body(http: HttpRequest) -> None:
    """Check that a request's body could be read.

    Raises:
        RefusedError: it could not; the error is to be sent in the protocol's form.
    """
    error = http.body_error
    if error is not None:
        raise RefusedError(error.status, error.reason, error.message)


def _describe(error: Exception) -> tuple[int, str, str]:
    if isinstance(error, RefusedError):
        return error.status, error.reason, str(error)
    if isinstance(error, OSError):
        return 503, "log", f"the prediction log cannot be written: {error}"
    return 500, "internal", "internal server error; see the server's log"

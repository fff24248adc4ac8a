"""Responses to prediction requests, each logged before it is sent."""

import functools
import logging
import time
from collections.abc import Callable

import msgspec

from homestead.prediction_log.entries import FailureEntry, PredictionEntry
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.prediction.heavy_lane import HeavyLane
from homestead.serving.prediction.model_call import ModelOutput
from homestead.serving.prediction.pending_request import PendingRequest
from homestead.serving.prediction.prediction_logger import PredictionLogger
from homestead.serving.prediction.refusals import ErrorResponses
from homestead.serving.protocols.base import PredictionResponse, interval_bounds

_LOG = logging.getLogger(__name__)


class _EncodedResponse(msgspec.Struct, frozen=True):
    content: bytes
    headers: bytes
    entry: PredictionEntry


class PredictionResponses:
    """Logs and sends the predictions of one problem."""

    def __init__(
        self,
        problem: str,
        logger: PredictionLogger,
        errors: ErrorResponses,
        metrics: ServerMetrics,
        shadow_id: Callable[[str], str],
    ) -> None:
        """Prepare to respond.

        Args:
            shadow_id: from the id of a prediction that may be repeated to that of its shadow.
        """
        self._problem = problem
        self._logger = logger
        self._errors = errors
        self._shadow_id = shadow_id
        # By labels: the views of a store that was not filled lately are counted with each request.
        self._counter = functools.cache(metrics.counter)

    def send(self, pending: PendingRequest, output: ModelOutput, prediction_id: str) -> bool:
        """Log a prediction, then send it as the response.

        Returns:
            Whether it was sent. If it can't be encoded or logged, an error is sent instead.
        """
        try:
            encoded = self._encode(pending, output, prediction_id)
        except Exception as error:
            self.refuse(pending, error)
            return False
        return self._log_and_send(pending, output, encoded)

    async def send_from_lane(
        self, pending: PendingRequest, output: ModelOutput, prediction_id: str, lane: HeavyLane
    ) -> bool:
        """Do the same as :meth:`send`; the response and its log entry are large."""
        try:
            encoded = await lane.run(self._encode, pending, output, prediction_id)
        except Exception as error:
            self.refuse(pending, error)
            return False
        return self._log_and_send(pending, output, encoded)

    def _encode(
        self, pending: PendingRequest, output: ModelOutput, prediction_id: str
    ) -> _EncodedResponse:
        model, request = output.model, pending.request
        response = PredictionResponse(
            prediction_id,
            request.request_id,
            model.contract,
            model.version,
            model.digest,
            output.predictions,
            output.views.stale,
            output.contributions,
            request.response_form,
            request.requested_outputs,
            output.views.unavailable,
            request.binary_outputs,
            request.returned_meta,
        )
        if request.interval:
            response.bounds = interval_bounds(model.model, output.inputs, output.predictions)
        content, headers = pending.adapter.encode_response(response)
        entry = self._logger.prediction_entry(output, response, request, pending.received_at)
        return _EncodedResponse(content, headers, entry)

    def _log_and_send(
        self, pending: PendingRequest, output: ModelOutput, encoded: _EncodedResponse
    ) -> bool:
        model = output.model
        try:
            self._logger.append(encoded.entry, len(output.inputs))
        except Exception as error:
            self.refuse(pending, error)
            return False
        pending.respond(200, encoded.content, encoded.headers)
        model.predicted_rows.inc(len(output.inputs))
        model.duration_s.observe(time.perf_counter() - pending.started_at)
        for view in output.views.stale:
            self._counter("homestead_stale_features_total", self._problem, view).inc()
        for view in output.views.unavailable:
            self._counter("homestead_unavailable_features_total", self._problem, view).inc()
        return True

    def refuse(self, pending: PendingRequest, error: Exception) -> None:
        """Send an error as the response."""
        pending.respond(*self._errors.encode(pending.adapter, error))

    def log_failure(self, entry: FailureEntry) -> None:
        """Log that one of two models failed."""
        try:
            self._logger.append(entry, 0)
        except OSError as error:
            _LOG.error("a failure could not be logged: %s", error)

    def log_shadow(self, pending: PendingRequest, output: ModelOutput, shadow_of: str) -> None:
        """Log a prediction that is not sent, for comparison with the one that was.

        Args:
            shadow_of: id of the prediction that was sent.
        """
        model, request = output.model, pending.request
        is_new = pending.prediction_id is None
        response = PredictionResponse(
            self._logger.new_id() if is_new else self._shadow_id(shadow_of),
            request.request_id,
            model.contract,
            model.version,
            model.digest,
            output.predictions,
        )
        entry = self._logger.prediction_entry(
            output, response, request, pending.received_at, shadow_of
        )
        try:
            self._logger.append(entry, len(output.inputs))
        except OSError as error:
            _LOG.error("a shadow prediction could not be logged: %s", error)

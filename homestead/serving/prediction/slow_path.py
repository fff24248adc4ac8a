"""The slow path: requests with look-ups or mistakes, named versions, a challenger or a shadow."""

import logging

from homestead.serving.errors import RefusedError
from homestead.serving.models.loaded_model import LoadedModel
from homestead.serving.models.rollout import ServedModels, rollout_subject
from homestead.serving.prediction.heavy_lane import HeavyLane
from homestead.serving.prediction.model_call import ModelCaller, ModelOutput
from homestead.serving.prediction.pending_request import PendingRequest
from homestead.serving.prediction.responses import PredictionResponses
from homestead.serving.request_limits import MAX_INLINE_ROWS

_LOG = logging.getLogger(__name__)


class SlowPath:
    """Responds to requests that the fast path leaves; each coroutine ends with a response."""

    def __init__(
        self, caller: ModelCaller, responses: PredictionResponses, lane: HeavyLane
    ) -> None:
        self._caller = caller
        self._responses = responses
        self._lane = lane

    async def respond_without_fast_path(
        self, pending: PendingRequest, champion: LoadedModel, prediction_id: str
    ) -> None:
        """Respond with the only model's prediction, after its fast path had no inputs."""
        try:
            output = await self._caller.call_without_fast_path(champion, pending)
        except Exception as error:
            self._responses.refuse(pending, error)
            return
        await self._send(pending, output, prediction_id)

    async def respond_with_version(
        self, pending: PendingRequest, served: ServedModels, version: str, prediction_id: str
    ) -> None:
        """Respond with the prediction of the version that the client names."""
        try:
            output = await self._caller.call(served.with_version(version), pending)
        except Exception as error:
            self._responses.refuse(pending, error)
            return
        await self._send(pending, output, prediction_id)

    async def respond_with_assigned_model(
        self,
        pending: PendingRequest,
        champion: LoadedModel,
        served: ServedModels,
        prediction_id: str,
    ) -> None:
        """Respond with champion or challenger, as the release plan says; then log the shadow."""
        challenger = served.challenger
        failure: Exception | None = None
        output: ModelOutput | None = None
        try:
            if challenger is not None and served.assigns_challenger(
                rollout_subject(pending.request.rows, champion.contract)
                or pending.request.request_id
                or prediction_id
            ):
                try:
                    output = await self._caller.call(challenger, pending)
                except Exception as error:
                    failure = error
            if output is None:
                output = await self._caller.call(champion, pending)
        except Exception as error:
            # If the champion fails too, the request is at fault, or something that both need.
            self._responses.refuse(pending, error)
            return
        is_sent = await self._send(pending, output, prediction_id)
        if challenger is None:
            return
        if failure is not None:
            _count_failure(challenger, failure)
        elif is_sent and served.is_paired(prediction_id):
            other = champion if output.model is challenger else challenger
            await self._run_shadow(other, pending, prediction_id)

    async def _send(self, pending: PendingRequest, output: ModelOutput, prediction_id: str) -> bool:
        """Log and send a prediction; return whether it was sent."""
        if len(output.inputs) <= MAX_INLINE_ROWS:
            return self._responses.send(pending, output, prediction_id)
        return await self._responses.send_from_lane(pending, output, prediction_id, self._lane)

    async def _run_shadow(
        self, model: LoadedModel, pending: PendingRequest, shadow_of: str
    ) -> None:
        try:
            output = await self._caller.call(model, pending)
        except Exception as error:
            _count_failure(model, error)
            return
        self._responses.log_shadow(pending, output, shadow_of)


def _count_failure(model: LoadedModel, error: Exception) -> None:
    """Count and log that a model failed on a request that another one answered."""
    model.failures.inc()
    if isinstance(error, RefusedError):
        # Not its text, which may hold a client's value.
        _LOG.warning("version %s refused a request: %s", model.version, error.reason)
    else:
        _LOG.error("version %s failed", model.version, exc_info=error)

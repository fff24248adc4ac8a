"""The slow path: requests with look-ups or mistakes, named versions or contributions."""

from homestead.serving.models.loaded_model import LoadedModel
from homestead.serving.prediction.heavy_lane import HeavyLane
from homestead.serving.prediction.model_call import ModelCaller, ModelOutput
from homestead.serving.prediction.pending_request import PendingRequest
from homestead.serving.prediction.responses import PredictionResponses
from homestead.serving.request_limits import MAX_INLINE_ROWS


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
        await self.send(pending, output, prediction_id)

    async def respond_with_model(
        self, pending: PendingRequest, model: LoadedModel, prediction_id: str
    ) -> None:
        """Respond with a model's prediction, and its contributions if the request asks for them."""
        try:
            output = await self._caller.call(model, pending)
        except Exception as error:
            self._responses.refuse(pending, error)
            return
        await self.send(pending, output, prediction_id)

    async def send(self, pending: PendingRequest, output: ModelOutput, prediction_id: str) -> bool:
        """Log and send a prediction; return whether it was sent."""
        if len(output.inputs) <= MAX_INLINE_ROWS:
            return self._responses.send(pending, output, prediction_id)
        return await self._responses.send_from_lane(pending, output, prediction_id, self._lane)

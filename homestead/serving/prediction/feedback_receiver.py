"""Entry point of feedback: checks, logs and counts messages, and acknowledges them."""

from collections.abc import Callable
from functools import partial

from homestead.serving.errors import RefusedError
from homestead.serving.http.application import JSON_HEADER, Responder
from homestead.serving.http.request import HttpRequest
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.metrics.seldon_feedback import SeldonFeedbackCounters
from homestead.serving.models.manager import ModelManager
from homestead.serving.prediction.feedback_gate import FeedbackGate
from homestead.serving.prediction.heavy_lane import HeavyLane
from homestead.serving.prediction.prediction_logger import PredictionLogger
from homestead.serving.prediction.refusals import ErrorResponses, check_body
from homestead.serving.protocols import seldon
from homestead.serving.protocols.base import FeedbackMessage
from homestead.serving.protocols.feedback import decode_feedback, encode_acknowledgement
from homestead.serving.request_limits import MAX_INLINE_BODY_BYTES
from homestead.settings import Settings


class FeedbackReceiver:
    """Responds to the feedback on one problem's predictions."""

    def __init__(
        self,
        manager: ModelManager,
        logger: PredictionLogger,
        errors: ErrorResponses,
        lane: HeavyLane,
        metrics: ServerMetrics,
        settings: Settings,
    ) -> None:
        self._manager = manager
        self._logger = logger
        self._errors = errors
        self._lane = lane
        self._gate = FeedbackGate(settings)
        self._messages = metrics.counter("homestead_feedback_total", manager.problem)
        self._rewards = SeldonFeedbackCounters()
        metrics.registry.register(self._rewards)

    def receive(self, http: HttpRequest, respond: Responder) -> None:
        """Respond to a message: at once, or later if its body is large."""
        try:
            self._gate.check_token(http)
            champion = self._manager.served.require_champion()
            check_body(http)
            decode = partial(decode_feedback, http.body, champion.contract, http.header)
            if len(http.body) > MAX_INLINE_BODY_BYTES:
                response = self._respond_to_large_body(decode, respond)
                refuse = partial(self._refuse, respond)
                self._lane.start(response, http.client, refuse, is_large=True)
                return
            content = self._accept(decode())
        except Exception as error:
            self._refuse(respond, error)
            return
        respond(200, content)

    async def _respond_to_large_body(
        self, decode: Callable[[], FeedbackMessage], respond: Responder
    ) -> None:
        try:
            content = self._accept(await self._lane.run(decode))
        except Exception as error:
            self._refuse(respond, error)
            return
        respond(200, content)

    def _accept(self, message: FeedbackMessage) -> bytes:
        """Log and count a message, and return its acknowledgement.

        Raises:
            RefusedError: there is too much feedback.
            OSError: the message cannot be logged.
        """
        self._gate.admit(max(len(message.truth), 1))
        feedback_id = self._logger.log_feedback(message)
        self._messages.inc()
        self._rewards.count(message.reward)
        return encode_acknowledgement(message, feedback_id)

    def _refuse(self, respond: Responder, error: Exception) -> None:
        headers = error.headers if isinstance(error, RefusedError) else b""
        respond(*self._errors.encode(seldon, error), JSON_HEADER + headers)

"""Entry point of predictions, whatever the protocol."""

import asyncio
import time
from collections.abc import Coroutine
from functools import partial

from homestead.prediction_log.spool import Spool
from homestead.serving.errors import RefusedError
from homestead.serving.http.application import Responder
from homestead.serving.http.request import HttpRequest
from homestead.serving.inputs.resolver import ResolvedInputs
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.models.batcher import Batcher, Predictions
from homestead.serving.models.loaded_model import LoadedModel
from homestead.serving.models.manager import ModelManager
from homestead.serving.prediction.feedback_receiver import FeedbackReceiver
from homestead.serving.prediction.heavy_lane import HeavyLane
from homestead.serving.prediction.model_call import ModelCaller, ModelOutput, fast_path_inputs
from homestead.serving.prediction.pending_request import PendingRequest
from homestead.serving.prediction.prediction_logger import PredictionLogger
from homestead.serving.prediction.refusals import ErrorResponses, check_body
from homestead.serving.prediction.release_path import ReleasePath
from homestead.serving.prediction.repeated_requests import RepeatableResponse, RepeatedRequests
from homestead.serving.prediction.responses import PredictionResponses
from homestead.serving.prediction.slow_path import SlowPath
from homestead.serving.protocols.base import PredictionRequest, ProtocolAdapter
from homestead.serving.request_limits import MAX_INLINE_BODY_BYTES, MAX_INLINE_ROWS
from homestead.settings import Settings


class Predictor:
    """Responds to the requests for one problem, and logs what it responds.

    Attributes:
        feedback: receives what clients say about predictions.
    """

    def __init__(
        self, manager: ModelManager, spool: Spool, metrics: ServerMetrics, settings: Settings
    ) -> None:
        problem = manager.problem
        self._manager = manager
        self._logger = PredictionLogger(problem, spool, metrics, settings)
        self._errors = ErrorResponses(problem, metrics)
        self._repeated = RepeatedRequests(settings)
        self._responses = PredictionResponses(
            problem, self._logger, self._errors, metrics, self._repeated.shadow_id
        )
        self._batcher = Batcher()
        self._lane = HeavyLane()
        caller = ModelCaller(self._batcher, self._lane)
        self._slow_path = SlowPath(caller, self._responses, self._lane)
        self._release_path = ReleasePath(
            problem, caller, self._responses, self._logger, self._slow_path, metrics
        )
        self.feedback = FeedbackReceiver(
            manager, self._logger, self._errors, self._lane, metrics, settings
        )
        self._tasks: set[asyncio.Task[None]] = set()

    def predict(
        self,
        adapter: ProtocolAdapter,
        http: HttpRequest,
        respond: Responder,
        version: str | None,
        explain: bool = False,
        interval: bool = False,
    ) -> None:
        """Respond to a prediction request, now or later.

        Without a challenger, a small request is looked up with others, if it lacks something, and
        predicted in the next batch, without a task of its own.

        Args:
            respond: called once.
            version: the model version that must answer; None leaves it to the release plan.
            explain: whether the path asks for contributions; the body may do so too.
            interval: whether it asks for prediction intervals; the body may do so too.
        """
        started_at, extras = time.perf_counter(), (explain, interval)
        if http.idempotency_key is not None:
            try:
                claimed = self._repeated.claim(http, version, respond)
            except RefusedError as error:
                respond(*self._errors.encode(adapter, error))
                return
            if claimed is None:
                return
            respond = claimed
        if len(http.body) > MAX_INLINE_BODY_BYTES:
            self._lane.start(
                self._respond_to_large_body(adapter, http, respond, version, extras, started_at),
                http.client,
                lambda error: respond(*self._errors.encode(adapter, error)),
                is_large=True,
            )
            return
        try:
            check_body(http)
            request = adapter.decode_request(http.body, http.header)
            pending = _pending(adapter, request, http, respond, extras, started_at)
            response = self._respond(pending, version)
        except Exception as error:
            respond(*self._errors.encode(adapter, error))
            return
        if response is None:
            return
        is_large = request.size > MAX_INLINE_ROWS
        if is_large or request.explain:
            refuse = partial(self._responses.refuse, pending)
            self._lane.start(response, http.client, refuse, is_large=is_large)
        else:
            self._start(response)

    async def _respond_to_large_body(
        self,
        adapter: ProtocolAdapter,
        http: HttpRequest,
        respond: Responder,
        version: str | None,
        extras: tuple[bool, bool],
        started_at: float,
    ) -> None:
        """Do the same as :meth:`predict` in the lane, where the body is decoded too."""
        try:
            request = await self._lane.run(adapter.decode_request, http.body, http.header)
            pending = _pending(adapter, request, http, respond, extras, started_at)
            response = self._respond(pending, version)
        except Exception as error:
            respond(*self._errors.encode(adapter, error))
            return
        if response is not None:
            await response

    def _respond(
        self, pending: PendingRequest, version: str | None
    ) -> Coroutine[None, None, None] | None:
        """Start what will respond to a request, or return the coroutine that has to run for it."""
        served, request = self._manager.served, pending.request
        champion = served.require_champion()
        prediction_id = pending.prediction_id or self._logger.new_id()
        if version is not None:
            model = served.with_version(version)
            return self._slow_path.respond_with_model(pending, model, prediction_id)
        if served.challenger is not None:
            return self._release_path.respond(
                pending, champion, served.challenger, served, prediction_id
            )
        if request.explain:
            return self._slow_path.respond_with_model(pending, champion, prediction_id)
        inputs = fast_path_inputs(champion.resolver, request, pending.received_at)
        if inputs is not None:
            self._predict_inputs(pending, champion, prediction_id, ResolvedInputs(inputs))
            return None
        if request.rows is not None and len(request.rows) <= MAX_INLINE_ROWS:
            champion.lookup.supply(
                champion.resolver.resolve(request.rows, pending.received_at),
                partial(self._predict_inputs, pending, champion, prediction_id),
            )
            return None
        return self._slow_path.respond_without_fast_path(pending, champion, prediction_id)

    def _predict_inputs(
        self,
        pending: PendingRequest,
        model: LoadedModel,
        prediction_id: str,
        resolved: ResolvedInputs | Exception,
    ) -> None:
        """Predict a small request's inputs in the next batch."""
        if isinstance(resolved, Exception):
            self._responses.refuse(pending, resolved)
        else:
            finish = partial(self._finish, pending, model, resolved, prediction_id)
            self._batcher.submit(model.model, resolved.rows, finish)

    def _finish(
        self,
        pending: PendingRequest,
        model: LoadedModel,
        resolved: ResolvedInputs,
        prediction_id: str,
        predictions: Predictions | Exception,
    ) -> None:
        """Respond to a small request with its part of a batch."""
        if isinstance(predictions, Exception):
            self._responses.refuse(pending, predictions)
        else:
            output = ModelOutput(model, resolved.rows, predictions, resolved.views)
            self._responses.send(pending, output, prediction_id)

    def _start(self, response: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(response)
        # The event loop keeps weak references only.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _pending(
    adapter: ProtocolAdapter,
    request: PredictionRequest,
    http: HttpRequest,
    respond: Responder,
    extras: tuple[bool, bool],
    started_at: float,
) -> PendingRequest:
    """Return a request that has just been decoded, with what is needed to respond to it.

    Args:
        extras: whether the path asks for contributions, and for intervals.
    """
    if extras[0]:
        request.explain = True
    if extras[1]:
        request.interval = True
    prediction_id = None
    if isinstance(respond, RepeatableResponse):
        prediction_id = respond.prediction_id
        request.request_id = request.request_id or respond.key
    return PendingRequest(
        adapter, request, respond, time.time(), started_at, http.client, prediction_id
    )

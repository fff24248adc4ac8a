"""Requests while there is a challenger: one model answers, and evidence on both is logged.

The other model predicts a sample of requests too, and those that the first one failed on. If it
fails where the other does not, that is evidence; if both fail, the request is at fault.
"""

import logging
import time

import msgspec

from homestead.names import CHALLENGER, CHAMPION
from homestead.prediction_log.entries import FailureEntry
from homestead.release.evidence import FailureKind
from homestead.serving.errors import RefusedError
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.models.loaded_model import LoadedModel
from homestead.serving.models.rollout import ServedModels, rollout_subject
from homestead.serving.prediction.model_call import ModelCaller, ModelOutput
from homestead.serving.prediction.pending_request import PendingRequest
from homestead.serving.prediction.prediction_logger import PredictionLogger
from homestead.serving.prediction.responses import PredictionResponses
from homestead.serving.prediction.slow_path import SlowPath

_LOG = logging.getLogger(__name__)
_KINDS: tuple[FailureKind, ...] = ("error", "timeout", "refused", "not_finite", "out_of_range")
# Of a request that both models predict, whichever answers.
_EVEN = 0.5


class _Attempt(msgspec.Struct, frozen=True):
    """What one model made of a request: an output or an error, and how it failed, if it did."""

    model: LoadedModel
    output: ModelOutput | None = None
    error: Exception | None = None
    failure: FailureKind | None = None


class ReleasePath:
    """Responds to the requests of one problem that champion or challenger may answer."""

    def __init__(
        self,
        problem: str,
        caller: ModelCaller,
        responses: PredictionResponses,
        logger: PredictionLogger,
        slow_path: SlowPath,
        metrics: ServerMetrics,
    ) -> None:
        self._problem = problem
        self._caller = caller
        self._responses = responses
        self._logger = logger
        self._slow_path = slow_path
        self._requests = {
            role: metrics.counter("homestead_release_requests_total", problem, role)
            for role in (CHAMPION, CHALLENGER)
        }
        self._pairs = metrics.counter("homestead_release_pairs_total", problem)
        self._failures = {
            (side, kind): metrics.counter("homestead_release_failures_total", problem, side, kind)
            for side in (CHAMPION, CHALLENGER)
            for kind in _KINDS
        }

    async def respond(
        self,
        pending: PendingRequest,
        champion: LoadedModel,
        challenger: LoadedModel,
        served: ServedModels,
        prediction_id: str,
    ) -> None:
        """Respond with champion or challenger, as the release plan says; then log the evidence.

        The champion answers for a challenger that fails. A champion that fails is not answered
        for: its error is the response, and what the challenger predicts is evidence only.
        """
        request = pending.request
        key = rollout_subject(request.rows, champion.contract)
        request_name = request.request_id or prediction_id
        is_challenger = served.assigns_challenger(key or request_name)
        is_paired = served.is_paired(prediction_id)
        self._requests[CHALLENGER if is_challenger else CHAMPION].inc()
        first, second = (challenger, champion) if is_challenger else (champion, challenger)
        limits = challenger.contract.target_range or champion.contract.target_range
        since = pending.started_at
        answer = await self._attempt(first, pending, served.release, limits, since)
        attempts = [answer]
        if answer.output is None and is_challenger:
            # Its latency would hold the challenger's time too.
            answer = await self._attempt(second, pending, served.release, limits, None)
            attempts.append(answer)
        if answer.output is not None:
            is_sent = await self._slow_path.send(pending, answer.output, prediction_id)
        else:
            # If the champion fails too, the request is at fault, or something that both need.
            self._responses.refuse(pending, answer.error or RuntimeError("no prediction"))
            is_sent = False
        if len(attempts) == 1 and (is_paired or answer.failure is not None):
            # The request has its answer; contributions are of use only to it.
            request.explain = request.explain and answer.output is None
            attempts.append(await self._attempt(second, pending, served.release, limits, None))
        if len(attempts) == 1:
            return
        by_side = attempts[::-1] if is_challenger else attempts
        share = _EVEN if is_paired else served.traffic_share
        subject = champion.redactor.hash_subject(key, request_name)
        self._log_one_sided_failure(pending, by_side, served.release, share, subject)
        other = attempts[1].output
        if is_paired and is_sent and other is not None and answer is attempts[0]:
            self._pairs.inc()
            self._responses.log_shadow(pending, other, prediction_id)

    async def _attempt(
        self,
        model: LoadedModel,
        pending: PendingRequest,
        release: str | None,
        limits: tuple[float, float] | None,
        since: float | None,
    ) -> _Attempt:
        """Return what a model makes of a request; errors are part of it.

        Args:
            limits: the target's range.
            since: beginning of the time that counts as the model's latency; None if none does.
        """
        try:
            output = await self._caller.call(model, pending)
        except Exception as error:
            failure = error.failure if isinstance(error, RefusedError) else "error"
            return _Attempt(model, None, error, failure)
        if release is not None:
            latency_s = None if since is None else time.perf_counter() - since
            output = msgspec.structs.replace(output, release=release, latency_s=latency_s)
        is_outside = limits is not None and _is_outside(output, limits)
        return _Attempt(model, output, None, "out_of_range" if is_outside else None)

    def _log_one_sided_failure(
        self,
        pending: PendingRequest,
        attempts: list[_Attempt],
        release: str | None,
        challenger_share: float,
        subject: str,
    ) -> None:
        """Count and log that one model failed and the other did not.

        Args:
            attempts: the champion's and the challenger's.
        """
        failed = [
            (side, attempt)
            for side, attempt in zip((CHAMPION, CHALLENGER), attempts, strict=True)
            if attempt.failure is not None
        ]
        if len(failed) != 1:
            return
        side, attempt = failed[0]
        kind = attempt.failure or "error"
        self._failures[side, kind].inc()
        if side == CHALLENGER and attempt.error is not None:
            attempt.model.failures.inc()
        _log_error(attempt)
        if release is not None:
            entry = FailureEntry(
                self._logger.new_id(),
                self._problem,
                release,
                pending.received_at,
                subject,
                side,
                kind,
                attempt.model.version,
                attempt.model.digest,
                challenger_share,
            )
            self._responses.log_failure(entry)


def _is_outside(output: ModelOutput, limits: tuple[float, float]) -> bool:
    low, high = limits
    return any(not low <= value <= high for value in output.predictions)


def _log_error(attempt: _Attempt) -> None:
    version, error = attempt.model.version, attempt.error
    if isinstance(error, RefusedError):
        # Not its text, which may hold a client's value.
        _LOG.warning("version %s refused a request: %s", version, error.reason)
    elif error is not None:
        _LOG.error("version %s failed", version, exc_info=error)

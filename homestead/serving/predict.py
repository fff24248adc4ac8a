"""The one way from a request's body to its answer, whatever the protocol."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Collection
from functools import partial
from typing import NamedTuple

import numpy as np

from homestead.prediction_log.spool import Spool
from homestead.serving.errors import RefusedError
from homestead.serving.http.application import Responder
from homestead.serving.inputs.model_inputs import fast_path_inputs, resolve_inputs, run_in_thread
from homestead.serving.limits import MAX_BODY_BYTES, MAX_INLINE_ROWS, MAX_ROWS
from homestead.serving.metrics import ServerMetrics
from homestead.serving.models.batcher import (
    Batcher,
    InputRows,
    Predictions,
    predict,
)
from homestead.serving.models.manager import LoadedModel, ModelManager, ServedModels
from homestead.serving.prediction_logger import PredictionLogger
from homestead.serving.protocols import base, feedback, seldon
from homestead.serving.protocols.base import PredictionRequest, ProtocolAdapter
from homestead.settings import Settings

_LOG = logging.getLogger(__name__)


class _Asked(NamedTuple):
    """A request, and how to answer it."""

    codec: ProtocolAdapter
    request: PredictionRequest
    answer: Responder
    # Seconds since 1970, and of the clock that measures.
    now: float
    begin: float


class _Predicted(NamedTuple):
    """What one model version made of a request."""

    by: LoadedModel
    table: InputRows
    values: Predictions
    stale: Collection[str] = ()
    contributions: np.ndarray | None = None


class Predictor:
    """Answers requests for one problem, and logs what it answers."""

    def __init__(
        self, engine: ModelManager, spool: Spool, metrics: ServerMetrics, settings: Settings
    ) -> None:
        self._engine = engine
        self._metrics = metrics
        self._record = PredictionLogger(engine.problem, spool, metrics, settings)
        self._feedback = metrics.counter("feedback_total", engine.problem)
        self._batch = Batcher()
        self._tasks: set[asyncio.Task[None]] = set()

    def predict(
        self,
        codec: ProtocolAdapter,
        body: bytes,
        answer: Responder,
        version: str | None,
        explain: bool,
    ) -> None:
        """Answer a request.

        Args:
            answer: called once, now or later.
            version: the model version that must answer; None for the one that is released.
            explain: the client asks for contributions, whatever the body says.
        """
        begin = time.perf_counter()
        try:
            release = self._engine.release
            if len(body) > MAX_BODY_BYTES:
                raise RefusedError(413, "size", f"the body is larger than {MAX_BODY_BYTES} bytes")
            request = codec.decode_request(body)
            if explain:
                request.explain = True
            if release.champion is None:
                raise RefusedError(503, "model", "no model is released yet")
            asked = _Asked(codec, request, answer, time.time(), begin)
            if version is None and release.challenger is None and not request.explain:
                table = fast_path_inputs(release.champion, request, asked.now)
                if table is not None:
                    done = partial(self._done, asked, release.champion, table)
                    self._batch.join(release.champion, table, done)
                    return
        except Exception as error:
            answer(*self._refused(codec, error))
            return
        task = asyncio.get_running_loop().create_task(self._unusual(asked, release, version))
        # The loop itself does not hold on to its tasks.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _done(
        self, asked: _Asked, by: LoadedModel, table: InputRows, values: Predictions | Exception
    ) -> None:
        if isinstance(values, Exception):
            asked.answer(*self._refused(asked.codec, values))
        else:
            self._reply(asked, _Predicted(by, table, values))

    async def _unusual(self, asked: _Asked, release: ServedModels, version: str | None) -> None:
        champion = release.champion
        assert champion is not None  # noqa: S101
        name, wanted = self._record.name(), champion
        failure: Exception | None = None
        found: _Predicted | Exception | None = None
        try:
            if version is not None:
                wanted = _version(release, version)
            elif release.traffic_share and _falls(
                _subject(asked.request, champion) or name, release.traffic_share
            ):
                wanted = release.challenger or champion
            if wanted is not champion and version is None:
                found = await self._try(wanted, asked)
            if found is None or isinstance(found, Exception):
                failure = found
                found = await self._run(wanted if version is not None else champion, asked)
        except Exception as error:
            asked.answer(*self._refused(asked.codec, error))
            return
        answered = self._reply(asked, found, name)
        if failure is not None:
            # Only where the champion can: else the request is at fault, or what both need.
            _failed(wanted, failure)
        elif answered and release.paired and version is None and release.challenger is not None:
            other = champion if found.by is release.challenger else release.challenger
            await self._shadow(other, asked, name)

    def _reply(self, asked: _Asked, found: _Predicted, name: str = "") -> bool:
        """Log a prediction, then answer with it; whether that was possible."""
        by, request = found.by, asked.request
        made = base.PredictionResponse(
            name or self._record.name(),
            request.request_id,
            by.contract,
            by.version,
            by.digest,
            found.values,
            found.stale,
            found.contributions,
            request.response_form,
            request.requested_outputs,
        )
        try:
            content = asked.codec.encode_response(made)
            self._record.prediction(by, found.table, made, request, asked.now)
        except Exception as error:
            asked.answer(*self._refused(asked.codec, error))
            return False
        asked.answer(200, content)
        by.rows.inc(len(found.table))
        by.seconds.observe(time.perf_counter() - asked.begin)
        for view in found.stale:
            self._metrics.counter("stale_features_total", self._engine.problem, view).inc()
        return True

    async def _try(self, by: LoadedModel, asked: _Asked) -> _Predicted | Exception:
        """As :meth:`_run`, with the error as a result."""
        try:
            return await self._run(by, asked)
        except Exception as error:
            return error

    async def _shadow(self, by: LoadedModel, asked: _Asked, shadow_of: str) -> None:
        found = await self._try(by, asked)
        if isinstance(found, Exception):
            _failed(by, found)
            return
        request = asked.request
        shadow = base.PredictionResponse(
            self._record.name(),
            request.request_id,
            by.contract,
            by.version,
            by.digest,
            found.values,
        )
        try:
            self._record.prediction(by, found.table, shadow, request, asked.now, shadow_of)
        except OSError as error:
            _LOG.error("a shadow's prediction is not logged: %s", error)

    async def _run(self, by: LoadedModel, asked: _Asked) -> _Predicted:
        """Check, look up, predict. Raises RefusedError."""
        request = asked.request
        stale: Collection[str] = ()
        size = len(request.rows if request.rows is not None else request.matrix or ())
        if size > MAX_ROWS:
            raise RefusedError(413, "size", f"found {size} rows, allowed are {MAX_ROWS}")
        large = size > MAX_INLINE_ROWS
        table = fast_path_inputs(by, request, asked.now)
        if table is None:
            table, stale = await resolve_inputs(by, request, asked.now, large)
        values = await (
            run_in_thread(predict, by.model, table) if large else self._batch.predict(by, table)
        )
        parts = await _explain(by, table) if request.explain else None
        return _Predicted(by, table, values, stale, parts)

    def feedback(self, body: bytes) -> tuple[int, bytes]:
        """Take in what a client says of a prediction: status and answer."""
        try:
            loaded = self._engine.loaded
            if loaded is None:
                raise RefusedError(503, "model", "no model is released yet")
            if len(body) > MAX_BODY_BYTES:
                raise RefusedError(413, "size", f"the body is larger than {MAX_BODY_BYTES} bytes")
            found = feedback.decode_feedback(body, loaded.contract)
            name = self._record.feedback(found)
        except Exception as error:
            return self._refused(seldon, error)
        self._feedback.inc()
        return 200, feedback.encode_acknowledgement(found, name)

    def _refused(self, codec: ProtocolAdapter, error: Exception) -> tuple[int, bytes]:
        if isinstance(error, RefusedError):
            status, reason, message = error.status, error.reason, str(error)
        elif isinstance(error, OSError):
            status, reason = 503, "log"
            message = f"the prediction log can't be written: {error}"
        else:
            status, reason = 500, "internal"
            message = "the server failed; its log says more"
        if not isinstance(error, RefusedError):
            _LOG.error("a request failed", exc_info=error)
        name = "failed_requests_total" if status >= 500 else "rejected_requests_total"
        self._metrics.counter(name, self._engine.problem, reason).inc()
        return status, codec.encode_error(status, reason, message)


async def _explain(by: LoadedModel, table: InputRows) -> np.ndarray:
    """Contributions, some rows at a time: a server that is to stop need not wait for all."""
    resolve_inputs = np.array(table, dtype=float)
    parts = range(0, len(resolve_inputs), MAX_INLINE_ROWS)
    return np.concatenate(
        [await run_in_thread(by.explain, resolve_inputs[i : i + MAX_INLINE_ROWS]) for i in parts]
    )


def _failed(by: LoadedModel, error: Exception) -> None:
    """A version can't answer what another one could."""
    by.failures.inc()
    if isinstance(error, RefusedError):
        # Its text may show a client's value.
        _LOG.warning("version %s can't answer: %s", by.version, error.reason)
    else:
        _LOG.error("version %s failed", by.version, exc_info=error)


def _version(release: ServedModels, version: str) -> LoadedModel:
    for one in release.served:
        if one.version == version:
            return one
    served = ", ".join(one.version for one in release.served)
    raise RefusedError(404, "version", f"version {version[:60]!r} is not served; {served} is")


def _subject(request: PredictionRequest, champion: LoadedModel) -> str | None:
    """Who a request is about: the same subject is answered by the same model."""
    row = request.rows[0] if request.rows else None
    key = row.get(champion.contract.key) if isinstance(row, dict) else None
    return request.request_id if key is None else str(key)


def _falls(subject: str, share: float) -> bool:
    """Whether a subject is among the share; who is stays so when the share grows."""
    digest = hashlib.blake2b(subject.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) < share * 2**64

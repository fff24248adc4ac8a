"""The one way from a request's body to its answer, whatever the protocol."""

import asyncio
import hashlib
import itertools
import logging
import math
import os
import time
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import numpy as np

from homestead.settings import Settings
from homestead.spool import Entry, Line, Spool
from serving.codecs import Answer, Codec, Request, seldon
from serving.engine import Engine, Loaded, Release
from serving.errors import RefusedError
from serving.metrics import Metrics

BODY_LIMIT = 4 * 1024 * 1024
ROWS_LIMIT = 10_000
# More rows than this keep the event loop for so long that other requests would notice.
_ROWS_AT_ONCE = 200
_LOG = logging.getLogger(__name__)


class _Predicted(NamedTuple):
    """What one model version made of a request."""

    by: Loaded
    inputs: np.ndarray
    values: np.ndarray
    stale: Collection[str]
    contributions: np.ndarray | None


class Predictor:
    """Answers requests for one problem, and logs what it answers."""

    def __init__(self, engine: Engine, spool: Spool, metrics: Metrics, settings: Settings) -> None:
        self._engine = engine
        self._spool = spool
        self._metrics = metrics
        self._shed = settings.log_full == "shed"
        self._shed_rows = metrics.counter("prediction_log_shed_rows_total", engine.problem)
        self._feedback = metrics.counter("feedback_total", engine.problem)
        # Unique, short, and in the order of time: an index on it grows at its end.
        self._prefix = f"{time.time_ns() // 1_000_000:011x}{os.urandom(5).hex()}"
        self._numbers = itertools.count()

    async def predict(
        self, codec: Codec, body: bytes, version: str | None, explain: bool
    ) -> tuple[int, bytes]:
        """A request's status and answer.

        Args:
            version: the model version that must answer; None for the one that is released.
            explain: the client asks for contributions, whatever the body says.
        """
        begin = time.perf_counter()
        try:
            release = self._engine.release
            if len(body) > BODY_LIMIT:
                raise RefusedError(413, "size", f"the body is larger than {BODY_LIMIT} bytes")
            request = codec.decode(body)
            if explain:
                request.explain = True
            found, content = await self._answer(codec, request, release, version)
        except Exception as error:
            return self._refused(codec, error)
        found.by.rows.inc(len(found.inputs))
        found.by.seconds.observe(time.perf_counter() - begin)
        return 200, content

    async def _answer(
        self, codec: Codec, request: Request, release: Release, version: str | None
    ) -> tuple[_Predicted, bytes]:
        champion = release.champion
        if champion is None:
            raise RefusedError(503, "model", "no model is released yet")
        now, name = time.time(), f"{self._prefix}{next(self._numbers):x}"
        wanted = champion
        if version is not None:
            wanted = _version(release, version)
        elif release.share and _falls(_subject(request, champion) or name, release.share):
            wanted = release.challenger or champion
        found = None
        if wanted is not champion and version is None:
            found = await self._challenge(wanted, request, now)
            wanted = champion
        if found is None:
            found = _usual(wanted, request, now) or await _run(wanted, request, now)
        by = found.by
        answer = Answer(
            name,
            request.id,
            by.contract,
            by.version,
            by.digest,
            found.values,
            found.stale,
            found.contributions,
            request.form,
            request.outputs,
        )
        content = codec.answer(answer)
        self._log(found, answer, request, now)
        if release.paired and version is None and release.challenger is not None:
            other = champion if by is release.challenger else release.challenger
            await self._shadow(other, answer, request, now)
        if found.stale:
            for view in found.stale:
                self._metrics.counter("stale_features_total", self._engine.problem, view).inc()
        return found, content

    async def _challenge(self, by: Loaded, request: Request, now: float) -> _Predicted | None:
        """As :func:`_run`; None where the challenger can't, whatever the reason."""
        try:
            return _usual(by, request, now) or await _run(by, request, now)
        except Exception as error:
            by.failures.inc()
            if not isinstance(error, RefusedError):
                _LOG.exception("challenger %s failed", by.version)
            return None

    async def _shadow(self, by: Loaded, answer: Answer, request: Request, now: float) -> None:
        found = await self._challenge(by, request, now)
        if found is None:
            return
        name = f"{self._prefix}{next(self._numbers):x}"
        shadow = Answer(name, request.id, by.contract, by.version, by.digest, found.values)
        self._log(found, shadow, request, now, shadow_of=answer.id)

    def _log(
        self,
        found: _Predicted,
        answer: Answer,
        request: Request,
        now: float,
        shadow_of: str | None = None,
    ) -> None:
        by, labels = found.by, answer.labels
        entities = by.resolver.entities(request.rows) if request.rows is not None else []
        entry = Entry(
            answer.id,
            by.contract.problem,
            by.version,
            by.digest,
            now,
            by.privacy.names,
            by.privacy.features(found.inputs.tolist()),
            (found.values if labels is None else found.values.max(axis=1)).tolist(),
            answer.request_id,
            by.privacy.entities(entities),
            labels,
            shadow_of,
        )
        self._append(entry, len(found.inputs))

    def _append(self, line: Line, rows: int) -> None:
        try:
            self._spool.append(line)
        except OSError:
            # What can't be logged must not be answered, unless the settings say so.
            if not self._shed:
                raise
            self._shed_rows.inc(rows)

    def feedback(self, body: bytes) -> tuple[int, bytes]:
        """Take in what a client says of a prediction: status and answer."""
        try:
            loaded = self._engine.loaded
            if loaded is None:
                raise RefusedError(503, "model", "no model is released yet")
            if len(body) > BODY_LIMIT:
                raise RefusedError(413, "size", f"the body is larger than {BODY_LIMIT} bytes")
            found = seldon.decode_feedback(body, loaded.contract)
            name = f"{self._prefix}{next(self._numbers):x}"
            self._append(found.line(name, self._engine.problem, time.time()), 0)
        except Exception as error:
            return self._refused(seldon, error)
        self._feedback.inc()
        return 200, seldon.answer_feedback(found, name)

    def _refused(self, codec: Codec, error: Exception) -> tuple[int, bytes]:
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
        return status, codec.error(status, reason, message)


def _usual(by: Loaded, request: Request, now: float) -> _Predicted | None:
    """The usual request at once: a few rows that hold everything, and nothing wrong; else None."""
    rows = request.rows
    if not rows or len(rows) > _ROWS_AT_ONCE or request.explain:
        return None
    table = by.resolver.quick(rows, now)
    if table is None:
        return None
    inputs = np.array(table)
    return _Predicted(by, inputs, _finite(by.model.predict(inputs)), (), None)


async def _run(by: Loaded, request: Request, now: float) -> _Predicted:
    """Check, look up, predict. Raises RefusedError."""
    resolver, rows = by.resolver, request.rows
    stale: Collection[str] = ()
    size = len(rows if rows is not None else request.matrix or ())
    if size > ROWS_LIMIT:
        raise RefusedError(413, "size", f"found {size} rows, allowed are {ROWS_LIMIT}")
    large = size > _ROWS_AT_ONCE
    if rows is None:
        matrix = request.matrix or []
        check = resolver.check_matrix
        inputs = await _aside(check, matrix) if large else check(matrix)
    else:
        # Small requests that are usual have been answered.
        table = await _aside(resolver.quick, rows, now) if large else None
        if table is not None:
            inputs = np.array(table)
        else:
            values = await _aside(resolver.check, rows, now) if large else resolver.check(rows, now)
            if not resolver.is_complete(values):
                stale = await resolver.look_up(values, rows)
            inputs = await _aside(resolver.matrix, values) if large else resolver.matrix(values)
    predict = by.model.predict
    found = _finite(await _aside(predict, inputs) if large else predict(inputs))
    parts = await _aside(by.explain, inputs) if request.explain else None
    return _Predicted(by, inputs, found, stale, parts)


async def _aside(function: Callable[..., Any], *values: Any) -> Any:
    """A call that would keep the event loop too long, in a thread."""
    return await asyncio.get_running_loop().run_in_executor(None, function, *values)


def _version(release: Release, version: str) -> Loaded:
    there = [one for one in (release.champion, release.challenger) if one]
    for one in there:
        if one.version == version:
            return one
    served = ", ".join(one.version for one in there)
    raise RefusedError(404, "version", f"version {version[:60]!r} is not served; {served} is")


def _subject(request: Request, champion: Loaded) -> str | None:
    """Who a request is about: the same subject is answered by the same model."""
    row = request.rows[0] if request.rows else None
    key = row.get(champion.contract.key) if isinstance(row, dict) else None
    return request.id if key is None else str(key)


def _falls(subject: str, share: float) -> bool:
    """Whether a subject is among the share; who is stays so when the share grows."""
    digest = hashlib.blake2b(subject.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) < share * 2**64


def _finite(found: np.ndarray) -> np.ndarray:
    """The prediction itself. Raises RefusedError 422 where a row has none."""
    usual = math.isfinite(found[0]) if found.size == 1 else np.isfinite(found).all()
    if not usual:
        row = int(np.argmin(np.isfinite(found.reshape(len(found), -1)).all(axis=1)))
        raise RefusedError(422, "value", f"row {row}: the model has no finite value for it")
    return found

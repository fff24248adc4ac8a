"""The ASGI application: paths, and the one way from a request to its answer."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any
from uuid import uuid4

import numpy as np

from homestead import __version__
from homestead.spool import Entry, Spool
from serving.codecs import Answer, Request, encode, seldon, v2
from serving.engine import Engine, Loaded
from serving.errors import RefusedError
from serving.metrics import Metrics

BODY_LIMIT = 4 * 1024 * 1024
ROWS_LIMIT = 10_000
# More rows than this keep the event loop for so long that other requests would notice.
_ROWS_AT_ONCE = 200
_LOG = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class App:
    """Answers requests for one problem.

    Attributes:
        draining: the server is about to stop: each answer asks its client to connect anew.
    """

    def __init__(self, engine: Engine, spool: Spool, metrics: Metrics) -> None:
        self.draining = False
        self._engine = engine
        self._spool = spool
        self._metrics = metrics
        name = engine.problem
        self._codecs: dict[str, ModuleType] = {
            "/predict": seldon,
            "/api/v1.0/predictions": seldon,
            f"/v2/models/{name}/infer": v2,
        }
        self._pages: dict[str, Callable[[], tuple[int, Any]]] = {
            "/health/ping": lambda: (200, "pong"),
            "/health/status": lambda: self._state({"status": "ok"}),
            "/metadata": lambda: self._metadata(seldon),
            "/v2": lambda: (200, {"name": "homestead", "version": __version__, "extensions": []}),
            "/v2/health/live": lambda: (200, {"live": True}),
            "/v2/health/ready": lambda: self._state({"ready": True}),
            f"/v2/models/{name}": lambda: self._metadata(v2),
            f"/v2/models/{name}/ready": lambda: self._state({"name": name, "ready": True}),
        }

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        codec = self._codecs.get(path)
        headers: list[tuple[bytes, bytes]] = []
        if codec is not None and method == "POST":
            body = await _body(receive)
            if body is None:
                return
            status, content = await self._answer(codec, body)
            if status == 503:
                headers.append((b"retry-after", b"1"))
            elif status == 413:
                headers.append((b"connection", b"close"))
        elif codec is not None:
            status, content = 405, codec.error(405, "method", "allowed is POST")
            headers.append((b"allow", b"POST"))
        elif path in self._pages:
            if method in ("GET", "HEAD"):
                status, page = self._pages[path]()
                content = encode(page)
            else:
                status, content = 405, encode({"error": "allowed is GET"})
                headers.append((b"allow", b"GET"))
        else:
            status, content = 404, self._no_such(path)
        headers.append((b"content-type", b"application/json"))
        headers.append((b"content-length", b"%d" % len(content)))
        if self.draining:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, codec: ModuleType, body: bytes) -> tuple[int, bytes]:
        begin = time.perf_counter()
        try:
            loaded = self._engine.loaded
            if loaded is None:
                raise RefusedError(503, "model", "no model is released yet")
            if len(body) > BODY_LIMIT:
                raise RefusedError(413, "size", f"the body is larger than {BODY_LIMIT} bytes")
            content, rows = await self._predict(codec, loaded, codec.decode(body))
        except RefusedError as error:
            name = "failed_requests_total" if error.status >= 500 else "rejected_requests_total"
            self._metrics.counter(name, self._engine.problem, error.reason).inc()
            return error.status, codec.error(error.status, error.reason, str(error))
        except OSError as error:
            # What can't be logged must not be answered.
            self._failed("log", "the prediction log can't be written")
            return 503, codec.error(503, "log", f"the prediction log can't be written: {error}")
        except Exception:
            self._failed("internal", "a request failed")
            return 500, codec.error(500, "internal", "the server failed; its log says more")
        loaded.rows.inc(rows)
        loaded.seconds.observe(time.perf_counter() - begin)
        return 200, content

    async def _predict(
        self, codec: ModuleType, loaded: Loaded, request: Request
    ) -> tuple[bytes, int]:
        resolver, rows, now = loaded.resolver, request.rows, time.time()
        entities: list[str | None] = []
        size = len(rows if rows is not None else request.matrix or [])
        if size > ROWS_LIMIT:
            raise RefusedError(413, "size", f"found {size} rows, allowed are {ROWS_LIMIT}")
        if rows is not None:
            values = resolver.check(rows, now)
            if not resolver.is_complete(values):
                await resolver.look_up(values, rows)
            inputs = resolver.matrix(values)
            entities = resolver.entities(rows)
        else:
            inputs = resolver.check_matrix(request.matrix or [])
        if len(inputs) > _ROWS_AT_ONCE:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(None, loaded.model.predict, inputs)
        else:
            found = loaded.model.predict(inputs)
        if not np.isfinite(found).all():
            row = int(np.argmin(np.isfinite(found.reshape(len(found), -1)).all(axis=1)))
            raise RefusedError(422, "value", f"row {row}: the model has no finite value for it")
        answer = Answer(
            str(uuid4()), request.id, loaded.contract, loaded.version, loaded.digest, found
        )
        content: bytes = codec.answer(answer)
        labels = answer.labels
        self._spool.append(
            Entry(
                id=answer.id,
                problem=loaded.contract.problem,
                version=loaded.version,
                digest=loaded.digest,
                at=now,
                names=loaded.contract.features,
                features=inputs.tolist(),
                predictions=(found if labels is None else found.max(axis=1)).tolist(),
                request_id=request.id,
                entities=entities,
                labels=labels,
            )
        )
        return content, len(inputs)

    def _failed(self, reason: str, message: str) -> None:
        self._metrics.counter("failed_requests_total", self._engine.problem, reason).inc()
        _LOG.exception(message)

    def _state(self, ready: dict[str, Any]) -> tuple[int, Any]:
        if self.draining:
            return 503, {"error": "about to stop"}
        if not self._engine.ready:
            return 503, {"error": "the model or the feature store is not there yet"}
        return 200, ready

    def _metadata(self, codec: ModuleType) -> tuple[int, Any]:
        loaded = self._engine.loaded
        if loaded is None:
            return 503, {"error": "no model is released yet"}
        return 200, codec.metadata(loaded.contract, loaded.version)

    def _no_such(self, path: str) -> bytes:
        shown = json.dumps(path[:100])
        if path.startswith("/v2/models/"):
            return encode({"error": f"no {shown} here; the model is {self._engine.problem}"})
        return encode({"error": f"no {shown} here"})


async def _body(receive: Receive) -> bytes | None:
    """The request's body, cut off behind the limit; None if the client is gone."""
    message = await receive()
    if message["type"] != "http.request":
        return None
    body: bytes = message["body"]
    if not message.get("more_body"):
        return body
    parts, size = [body], len(body)
    while size <= BODY_LIMIT and message.get("more_body"):
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message["body"])
        size += len(message["body"])
    return b"".join(parts)

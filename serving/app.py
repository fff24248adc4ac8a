"""The ASGI application: paths to protocols."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

from homestead import __version__
from serving.codecs import encode, seldon, v2
from serving.engine import Engine
from serving.errors import RefusedError

LARGEST_BODY = 4 * 1024 * 1024
_JSON = (b"content-type", b"application/json")
_log = logging.getLogger("homestead.serving")
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class App:
    """Bare ASGI: a dictionary of paths, no middleware."""

    def __init__(self, engine: Engine) -> None:
        """Serve an engine."""
        self._engine = engine
        name = engine.problem
        infer = f"/v2/models/{name}/infer"
        self._predict: dict[str, ModuleType] = {
            "/predict": seldon,
            "/api/v1.0/predictions": seldon,
            infer: v2,
        }
        self._get: dict[str, Callable[[], tuple[int, Any]]] = {
            "/health/ping": lambda: (200, "pong"),
            "/health/status": self._ready,
            "/metadata": lambda: (200, self._metadata()),
            "/v2": lambda: (
                200,
                {"name": "homestead", "version": __version__, "extensions": []},
            ),
            "/v2/health/live": lambda: (200, {"live": True}),
            "/v2/health/ready": self._ready,
            f"/v2/models/{name}": lambda: (200, self._metadata()),
            f"/v2/models/{name}/ready": self._ready,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the server's life span."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        codec = self._predict.get(path)
        if codec is not None and method == "POST":
            await self._answer(codec, receive, send)
        elif (
            codec is None and (get := self._get.get(path)) is not None and method in ("GET", "HEAD")
        ):
            status, content = get()
            await _send(send, status, encode(content))
        elif codec is not None or path in self._get:
            allowed = "POST" if codec else "GET"
            await _send(send, 405, encode({"error": f"{path}: allowed is {allowed}"}))
        else:
            paths = ", ".join([*self._predict, *self._get])
            await _send(send, 404, encode({"error": f"no path {path}; there are {paths}"}))

    async def _answer(self, codec: ModuleType, receive: Receive, send: Send) -> None:
        engine = self._engine
        try:
            body = await _body(receive)
            if body is None:
                return
            answer = engine.predict(codec.decode(body), time.perf_counter())
        except RefusedError as error:
            engine.metrics.count("rejected_requests_total", engine.problem, error.reason)
            content = codec.error(error.status, error.reason, str(error))
            await _send(send, error.status, content, retry=error.status == 503)
        except OSError as error:
            # Not in the log, so no answer: a prediction that nobody can find again is worse.
            _log.error("prediction log: %s", error)
            engine.metrics.count("failed_requests_total", engine.problem, "log")
            await _send(
                send, 503, codec.error(503, "log", "the prediction log is full"), retry=True
            )
        else:
            await _send(send, 200, codec.answer(answer))

    def _ready(self) -> tuple[int, Any]:
        ready = self._engine.can_look_up
        return (200 if ready else 503), {"ready": ready, "by_key": ready}

    def _metadata(self) -> dict[str, Any]:
        served = self._engine.served
        return v2.metadata(served.model.contract, served.version.version)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._engine.start()
        following = asyncio.create_task(self._engine.follow())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        following.cancel()
        await asyncio.to_thread(self._engine.stop)
        await send({"type": "lifespan.shutdown.complete"})


async def _body(receive: Receive) -> bytes | None:
    """The request's body; None where the client went away."""
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    if not message.get("more_body"):
        body = message["body"]
        _check_size(len(body))
        return bytes(body)
    parts, size = [message["body"]], len(message["body"])
    while message.get("more_body"):
        _check_size(size)
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message["body"])
        size += len(message["body"])
    _check_size(size)
    return b"".join(parts)


def _check_size(size: int) -> None:
    if size > LARGEST_BODY:
        raise RefusedError(413, "size", f"the body has more than {LARGEST_BODY} bytes")


async def _send(send: Send, status: int, content: bytes, retry: bool = False) -> None:
    headers = [_JSON, (b"content-length", str(len(content)).encode())]
    if retry:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})

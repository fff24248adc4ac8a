"""The ASGI application: paths, bodies and headers."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast
from urllib.parse import parse_qs

from homestead.server_pod import object_name
from serving.codecs import Codec, encode, flag, seldon, tensorflow, v2
from serving.docs import docs_page
from serving.engine import Engine
from serving.errors import RefusedError
from serving.openapi import openapi
from serving.predict import BODY_LIMIT, Predictor

CODECS = cast(tuple[Codec, ...], (seldon, v2, tensorflow))
_VERSIONED = re.compile(r"(.*/versions/)([^/:]+)(.*)")
_JSON = (b"content-type", b"application/json")

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
_Answer = tuple[int, bytes]


class App:
    """Answers requests for one problem.

    Attributes:
        draining: the server is about to stop: each answer asks its client to connect anew.
    """

    def __init__(self, engine: Engine, predictor: Predictor) -> None:
        self.draining = False
        self._engine = engine
        self._predictor = predictor
        name = engine.problem
        # Kubernetes' names have no underscore: Seldon's executor asks by the container's.
        self._other = f"/models/{object_name(name)}" if "_" in name else ""
        self._codecs = {path: codec for codec in CODECS for path in codec.predict_paths(name)}
        self._pages = {
            path: (codec, kind) for codec in CODECS for path, kind in codec.pages(name).items()
        }

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        path, method, version = scope["path"], scope["method"], None
        if self._other and self._other in path:
            path = path.replace(self._other, f"/models/{self._engine.problem}", 1)
        codec = self._codecs.get(path)
        headers = [_JSON]
        if codec is None and (parts := _VERSIONED.fullmatch(path)):
            version = parts[2]
            path = f"{parts[1]}{{version}}{parts[3]}"
            codec = self._codecs.get(path)
        posts = codec is not None or path in seldon.FEEDBACK_PATHS
        if posts and method == "POST":
            message = await receive()
            if message.get("more_body"):
                message["body"] = await _rest(message["body"], receive)
            body = message.get("body")
            if body is None:
                return  # the client is gone
            if codec is None:
                status, content = self._predictor.feedback(body)
            else:
                status, content = await self._predict(codec, body, version, scope["query_string"])
            if status == 503:
                headers.append((b"retry-after", b"1"))
            elif len(body) > BODY_LIMIT:
                # What is left of it is not read.
                headers.append((b"connection", b"close"))
        elif posts:
            status, content = 405, (codec or seldon).error(405, "method", "allowed is POST")
            headers.append((b"allow", b"POST"))
        elif method in ("GET", "HEAD"):
            status, content = self._read(path, version)
            if path == "/docs":
                headers = [(b"content-type", b"text/html; charset=utf-8")]
        else:
            status, content = 405, encode({"error": "allowed are GET, HEAD"})
            headers.append((b"allow", b"GET, HEAD"))
        headers.append((b"content-length", b"%d" % len(content)))
        if self.draining:
            headers.append((b"connection", b"close"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _predict(
        self, codec: Codec, body: bytes, version: str | None, query: bytes
    ) -> _Answer:
        explain = False
        if query:
            try:
                value = parse_qs(query.decode("latin-1")).get("explain", ["false"])[-1]
                explain = flag(value, "explain")
            except (RefusedError, ValueError) as error:
                return 400, codec.error(400, "type", str(error))
        return await self._predictor.predict(codec, body, version, explain)

    def _read(self, path: str, version: str | None) -> _Answer:
        """A page for reading."""
        if path not in self._pages and path not in ("/openapi.json", "/docs"):
            return 404, self._no_such(path)
        codec, kind = self._pages.get(path, (seldon, "document"))
        loaded = self._engine.loaded
        if kind in {"ready", "model ready"}:
            if self.draining:
                return 503, encode({"error": "about to stop"})
            if not self._engine.ready:
                return 503, encode({"error": "the model or the feature store is not there yet"})
        if loaded is None:
            return 503, encode({"error": "no model is released yet"})
        release = self._engine.release
        there = [one for one in (release.champion, release.challenger) if one]
        if version is not None:
            named = [one for one in there if one.version == version]
            if not named:
                served = ", ".join(one.version for one in there)
                return 404, encode({"error": f"no such version; served is {served}"})
            loaded = named[0]
        if kind == "document":
            document = openapi(loaded.contract, CODECS, self._pages)
            return 200, encode(document) if path == "/openapi.json" else docs_page(document)
        return 200, encode(codec.page(kind, loaded.contract, loaded.version))

    def _no_such(self, path: str) -> bytes:
        shown = json.dumps(path[:100])
        if path.startswith(("/v2/models/", "/v1/models/")):
            return encode({"error": f"no {shown} here; the model is {self._engine.problem}"})
        return encode({"error": f"no {shown} here; /docs shows what is"})


async def _rest(body: bytes, receive: Receive) -> bytes | None:
    """A body whose beginning is there, cut off behind the limit; None if the client is gone."""
    parts, size, more = [body], len(body), True
    while more and size <= BODY_LIMIT:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message["body"])
        size += len(message["body"])
        more = message.get("more_body", False)
    return b"".join(parts)

"""The server's paths: which request is whose, and the pages to be read."""

import json
import re
from typing import cast
from urllib.parse import parse_qs, unquote

import httptools

from homestead.names import object_name
from homestead.problem.contract import Contract
from homestead.serving.docs_page import docs_page
from homestead.serving.errors import RefusedError
from homestead.serving.http.application import JSON_HEADER, Responder
from homestead.serving.models.manager import ModelManager
from homestead.serving.openapi import openapi
from homestead.serving.prediction.predictor import Predictor
from homestead.serving.protocols import feedback, seldon, tensorflow, v2
from homestead.serving.protocols.base import ProtocolAdapter
from homestead.serving.protocols.json_body import encode_json, parse_flag

CODECS = cast(tuple[ProtocolAdapter, ...], (seldon, v2, tensorflow))
_VERSION = re.compile(r"[^/:]+")
_DOCUMENTS = ("/openapi.json", "/docs")
_HTML = b"content-type: text/html; charset=utf-8\r\n"


class App:
    """Answers requests for one problem; see :class:`homestead.serving.http.application.Application`."""

    def __init__(self, engine: ModelManager, predictor: Predictor) -> None:
        self.draining = False
        self._engine = engine
        self._predictor = predictor
        # Made once a contract.
        self._documents: dict[str, bytes] = {}
        self._documented: Contract | None = None
        name = engine.problem
        # Kubernetes' names have no underscore: Seldon's executor asks by the container's.
        self._other = f"/models/{object_name(name)}" if "_" in name else ""
        self._codecs = {path: codec for codec in CODECS for path in codec.predict_paths(name)}
        # As most requests name them; others are looked at more closely.
        self._usual = {p.encode(): codec for p, codec in self._codecs.items() if "{" not in p}
        self._pages = {
            path: (codec, kind) for codec in CODECS for path, kind in codec.pages(name).items()
        }

    def __call__(self, method: bytes, target: bytes, body: bytes, answer: Responder) -> None:
        """Answer one HTTP request, now or later; see :class:`homestead.serving.http.application.Application`."""
        codec = self._usual.get(target)
        if codec is not None and method == b"POST":
            self._predictor.predict(codec, body, answer, None, explain=False)
            return
        try:
            url = httptools.parse_url(target)
        except httptools.HttpParserInvalidURLError:
            answer(400, encode_json({"error": "the request's target is no URL"}))
            return
        path, version = unquote((url.path or b"/").decode("latin-1")), None
        if self._other and self._other in path:
            path = path.replace(self._other, f"/models/{self._engine.problem}", 1)
        # A path that is written as a template is none of ours.
        codec = self._codecs.get(path) if "{" not in path else None
        if codec is None:
            before, there, behind = path.rpartition("/versions/")
            if there and (named := _VERSION.match(behind)):
                version = named[0]
                path = f"{before}{there}{{version}}{behind[named.end() :]}"
                codec = self._codecs.get(path)
        posts = codec is not None or path in feedback.PATHS
        if posts and method == b"POST":
            if codec is None:
                answer(*self._predictor.accept_feedback(body))
            else:
                self._predict(codec, body, answer, version, url.query or b"")
        elif posts:
            content = (codec or seldon).encode_error(405, "method", "allowed is POST")
            answer(405, content, JSON_HEADER + b"allow: POST\r\n")
        elif method in (b"GET", b"HEAD"):
            answer(*self._read(path, version), _HTML if path == "/docs" else JSON_HEADER)
        elif path in self._pages or path in _DOCUMENTS:
            content = encode_json({"error": "allowed are GET, HEAD"})
            answer(405, content, JSON_HEADER + b"allow: GET, HEAD\r\n")
        else:
            answer(404, self._no_such(path))

    def _predict(
        self,
        codec: ProtocolAdapter,
        body: bytes,
        answer: Responder,
        version: str | None,
        query: bytes,
    ) -> None:
        try:
            value = parse_qs(query.decode("latin-1")).get("explain", ["false"])[-1]
            explain = parse_flag(value, "explain")
        except (RefusedError, ValueError) as error:
            answer(400, codec.encode_error(400, "type", str(error)))
            return
        self._predictor.predict(codec, body, answer, version, explain)

    def _read(self, path: str, version: str | None) -> tuple[int, bytes]:
        """A page for reading."""
        if path not in self._pages and path not in _DOCUMENTS:
            return 404, self._no_such(path)
        codec, kind = self._pages.get(path, (seldon, "document"))
        loaded = self._engine.champion
        if kind in {"ready", "model ready"}:
            if self.draining:
                return 503, encode_json({"error": "about to stop"})
            if not self._engine.is_ready:
                return 503, encode_json(
                    {"error": "the model or the feature store is not there yet"}
                )
        if loaded is None:
            return 503, encode_json({"error": "no model is released yet"})
        if version is not None:
            there = self._engine.served.models
            named = [one for one in there if one.version == version]
            if not named:
                served = ", ".join(one.version for one in there)
                return 404, encode_json({"error": f"no such version; served is {served}"})
            loaded = named[0]
        if kind == "document":
            if self._documented is not loaded.contract:
                document = openapi(loaded.contract, CODECS, self._pages)
                self._documents = {
                    "/openapi.json": encode_json(document),
                    "/docs": docs_page(document),
                }
                self._documented = loaded.contract
            return 200, self._documents[path]
        return 200, encode_json(codec.page_content(kind, loaded.contract, loaded.version))

    def _no_such(self, path: str) -> bytes:
        shown = json.dumps(path[:100])
        if path.startswith(("/v2/models/", "/v1/models/")):
            return encode_json({"error": f"no {shown} here; the model is {self._engine.problem}"})
        return encode_json({"error": f"no {shown} here; /docs shows what is"})

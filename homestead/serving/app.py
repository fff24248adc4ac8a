"""The server's application: finds the route of each request and responds."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import cast
from urllib.parse import parse_qs

from homestead.names import object_name
from homestead.serving.errors import RefusedError
from homestead.serving.front.example_row import ExampleRow
from homestead.serving.front.home_page import waiting_page
from homestead.serving.http.application import JSON_HEADER, Responder
from homestead.serving.http.request import HttpRequest
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.metrics.response_counter import ResponseCounter
from homestead.serving.models.manager import ModelManager
from homestead.serving.prediction.predictor import Predictor
from homestead.serving.protocol_pages import Pages
from homestead.serving.protocols import feedback, mlflow_scoring, seldon, tensorflow, v2
from homestead.serving.protocols.base import TEXT_KINDS, PageKind, ProtocolAdapter
from homestead.serving.protocols.json_body import encode_json, parse_flag
from homestead.serving.protocols.plain import protocol as plain
from homestead.serving.protocols.plain.selection import adapter_of_body
from homestead.serving.protocols.tensorflow_verbs import CLASSIFY, EXPLAIN, REGRESS
from homestead.serving.routes import (
    VERSION_PLACEHOLDER,
    Route,
    RoutedRequest,
    RouteTable,
    parse_target,
)

ADAPTERS = cast(
    tuple[ProtocolAdapter, ...],
    (plain, seldon, v2, tensorflow, CLASSIFY, REGRESS, EXPLAIN, mlflow_scoring),
)
_HTML_HEADER = b"content-type: text/html; charset=utf-8\r\n"
_TEXT_HEADER = b"content-type: text/plain; charset=utf-8\r\n"


class App:
    """Answers the requests for one problem.

    Implements :class:`homestead.serving.http.application.Application`.
    """

    def __init__(
        self,
        models: ModelManager,
        predictor: Predictor,
        metrics: ServerMetrics,
        example: ExampleRow,
        metrics_port: int | None = None,
    ) -> None:
        self.draining = False
        self._problem = models.problem
        self._predictor = predictor
        self._pages = Pages(models, ADAPTERS, example, metrics_port)
        # Kubernetes' names have no underscores, and Seldon's executor uses the container's name.
        names = dict.fromkeys((self._problem, object_name(self._problem)))
        self._routes = RouteTable(route for name in names for route in self._routes_of(name))
        self._responses = ResponseCounter(self._problem, self._routes, metrics)
        # Without a method of its own, since it is called for each request.
        self.count_response = self._responses.count
        # The targets of most requests are found without parsing them.
        self._adapter_by_target = {
            path.encode(): adapter
            for name in names
            for adapter in ADAPTERS
            for path in adapter.predict_paths(name)
            if VERSION_PLACEHOLDER not in path
        }

    def _routes_of(self, model_name: str) -> Iterator[Route]:
        for adapter in ADAPTERS:
            predict = partial(self._predict, adapter)
            for path in adapter.predict_paths(model_name):
                yield Route("POST", path, predict, adapter.encode_error)
        for path in feedback.PATHS:
            yield Route("POST", path, self._accept_feedback, seldon.encode_error)
        for adapter in ADAPTERS:
            for path, kind in adapter.pages(model_name).items():
                yield Route("GET", path, partial(self._read_page, adapter, kind), _encode_error)
        yield Route("GET", "/openapi.json", self._read_openapi, _encode_error)
        yield Route("GET", "/docs", self._read_docs, _encode_error)

    def __call__(self, request: HttpRequest, respond: Responder) -> None:
        """Respond to one HTTP request, now or later."""
        self._responses.started += 1
        adapter = self._adapter_by_target.get(request.target)
        if adapter is not None and request.method == b"POST":
            if adapter is plain:
                adapter = adapter_of_body(request.body)
            self._predictor.predict(adapter, request, respond, None, explain=False, interval=False)
            return
        if request.target == b"*":
            respond(200, b"", b"allow: GET, HEAD, POST, OPTIONS\r\n")
            return
        try:
            path, query = parse_target(request.target)
        except ValueError as error:
            respond(400, encode_json({"error": str(error)}))
            return
        match = self._routes.find(path)
        if match is None:
            respond(404, self._not_found(path))
        elif request.method.decode() in match.route.methods:
            match.route.handle(RoutedRequest(request, respond, match.version, query))
        else:
            _answer_other_method(request, path, match.route, respond)

    def _predict(self, adapter: ProtocolAdapter, request: RoutedRequest) -> None:
        if adapter is plain:
            adapter = adapter_of_body(request.http.body)
        try:
            query = parse_qs(request.query.decode("latin-1"))
            explain, interval = (
                parse_flag(query.get(name, ["false"])[-1], name) for name in ("explain", "interval")
            )
        except (RefusedError, ValueError) as error:
            request.respond(400, adapter.encode_error(400, "type", str(error)))
            return
        self._predictor.predict(
            adapter,
            request.http,
            request.respond,
            request.version,
            explain=explain,
            interval=interval,
        )

    def _accept_feedback(self, request: RoutedRequest) -> None:
        self._predictor.feedback.receive(request.http, request.respond)

    def _read_page(self, adapter: ProtocolAdapter, kind: PageKind, request: RoutedRequest) -> None:
        if kind == PageKind.LIVE and adapter is tensorflow and _wants_html(request.http):
            # A browser asks for a page where KServe's clients ask whether the server lives.
            self._read_home(request)
            return
        page = partial(self._pages.protocol_page, adapter, kind, request.version, self.draining)
        header = _TEXT_HEADER if kind in TEXT_KINDS else JSON_HEADER
        _respond_with(page, header, request.respond)

    def _read_openapi(self, request: RoutedRequest) -> None:
        _respond_with(self._pages.openapi, JSON_HEADER, request.respond)

    def _read_home(self, request: RoutedRequest) -> None:
        try:
            request.respond(200, self._pages.home(), _HTML_HEADER)
        except RefusedError as error:
            request.respond(error.status, waiting_page(self._problem, str(error)), _HTML_HEADER)

    def _read_docs(self, request: RoutedRequest) -> None:
        _respond_with(self._pages.docs, _HTML_HEADER, request.respond)

    def _not_found(self, path: str) -> bytes:
        shown_path = json.dumps(path[:100])
        if path.startswith(("/models/", "/v2/models/", "/v1/models/")):
            return encode_json({"error": f"no {shown_path} here; the model is {self._problem}"})
        return encode_json({"error": f"no {shown_path} here; /docs shows what is"})


def _wants_html(http: HttpRequest) -> bool:
    return b"text/html" in (http.header(b"accept") or b"")


def _respond_with(page: Callable[[], bytes], header: bytes, respond: Responder) -> None:
    try:
        content = page()
    except RefusedError as error:
        respond(error.status, _encode_error(error.status, error.reason, str(error)))
        return
    respond(200, content, header)


def _answer_other_method(request: HttpRequest, path: str, route: Route, respond: Responder) -> None:
    allowed = f"allow: {', '.join(route.methods)}, OPTIONS\r\n".encode()
    if request.method == b"OPTIONS":
        respond(200, b"", allowed)
        return
    verb = "is" if len(route.methods) == 1 else "are"
    found = f"found {request.method.decode()} {path[:100]}"
    message = f"{found}, allowed {verb} {', '.join(route.methods)}"
    respond(405, route.encode_error(405, "method", message), JSON_HEADER + allowed)


def _encode_error(status: int, reason: str, message: str) -> bytes:
    return encode_json({"error": message})

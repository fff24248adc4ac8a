"""The application: which route answers a target, and what other methods and paths get."""

import json
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest
from prometheus_client import generate_latest

from homestead.serving.app import App
from homestead.serving.http.application import JSON_HEADER, Responder
from homestead.serving.http.request import Client, HttpRequest, Rejection
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.models.rollout import ServedModels
from homestead.serving.protocols.base import ProtocolAdapter
from tests.http_wire import http_request


class Response(NamedTuple):
    status: int
    content: Any
    headers: str


class FakePredictor:
    """Responds with what it was asked for."""

    def predict(
        self,
        adapter: ProtocolAdapter,
        http: HttpRequest,
        respond: Responder,
        version: str | None,
        explain: bool,
        interval: bool,
    ) -> None:
        respond(200, json.dumps([adapter.NAME, version, explain or interval]).encode())

    @property
    def feedback(self) -> "FakePredictor":
        return self

    def receive(self, http: HttpRequest, respond: Responder) -> None:
        respond(200, b'"feedback"')


def app(is_ready: bool = True, metrics: ServerMetrics | None = None) -> App:
    """Return an application without a released model."""
    models = SimpleNamespace(problem="house_price", served=ServedModels(), is_ready=is_ready)
    return App(
        cast(Any, models), cast(Any, FakePredictor()), metrics or ServerMetrics(), cast(Any, None)
    )


def ask(
    method: str,
    target: str,
    application: App | None = None,
    body: bytes = b"",
    accept: bytes = b"*/*",
) -> Response:
    """Return the response to a request, which has no body unless one is given."""
    responses: list[Response] = []

    def respond(status: int, content: bytes, headers: bytes = JSON_HEADER) -> None:
        is_json = headers.startswith(b"content-type: application/json")
        value = json.loads(content) if is_json else content.decode()
        responses.append(Response(status, value, headers.decode()))

    headers = [(b"Accept", accept)]
    request = http_request(body, method.encode(), target.encode("latin-1"), headers)
    (application or app())(request, respond)
    (response,) = responses
    return response


@pytest.mark.parametrize(
    ("target", "content"),
    [
        ("/predict", ["Plain JSON", None, False]),
        ("/predict?explain=true", ["Plain JSON", None, True]),
        ("/predict?interval=true", ["Plain JSON", None, True]),
        ("/predict?explain=true&explain=false", ["Plain JSON", None, False]),
        ("http://elsewhere/api/v1.0/predictions", ["Seldon", None, False]),
        ("/models/house_price/predict", ["Plain JSON", None, False]),
        ("/models/house-price/versions/3/predict", ["Plain JSON", "3", False]),
        ("/v1/models/house_price:predict", ["TensorFlow Serving", None, False]),
        ("/v1/models/house_price/versions/3:predict", ["TensorFlow Serving", "3", False]),
        ("/v2/models/house_price/infer", ["Open Inference Protocol (V2)", None, False]),
        (
            "/v2/models/house_price/versions/3/infer?explain=true",
            ["Open Inference Protocol (V2)", "3", True],
        ),
        # Seldon's executor uses the container's name, which cannot contain an underscore.
        ("/v2/models/house-price/infer", ["Open Inference Protocol (V2)", None, False]),
        ("/v1/models/house-price/versions/3:predict", ["TensorFlow Serving", "3", False]),
        (
            "/v1/models/house_price/labels/champion:predict",
            ["TensorFlow Serving", "champion", False],
        ),
        ("/v1/models/house_price/versions/3:classify", ["TensorFlow Serving", "3", False]),
        ("/v1/models/house-price:regress", ["TensorFlow Serving", None, False]),
        ("/v1/models/house_price:explain", ["TensorFlow Serving", None, False]),
        ("/invocations", ["MLflow", None, False]),
        ("/send-feedback", "feedback"),
    ],
)
def test_a_post_reaches_the_route_of_its_path(target: str, content: Any) -> None:
    assert ask("POST", target) == (200, content, JSON_HEADER.decode())


@pytest.mark.parametrize("target", ["/predict", "/predict?explain=true"])
def test_seldons_messages_are_answered_at_the_path_of_plain_rows(target: str) -> None:
    content = ask("POST", target, body=b'{"jsonData": {"id": 1}}').content
    assert content == ["Seldon", None, "explain" in target]


@pytest.mark.parametrize(
    ("method", "target", "allowed", "text"),
    [
        ("GET", "/predict", "POST", "found GET /predict, allowed is POST"),
        (
            "PUT",
            "/v2/models/house-price/versions/1/infer",
            "POST",
            "found PUT /v2/models/house-price/versions/1/infer, allowed is POST",
        ),
        ("GET", "/send-feedback", "POST", "allowed is POST"),
        ("DELETE", "/docs", "GET, HEAD", "allowed are GET, HEAD"),
        ("POST", "/v1/models/house_price/versions/1", "GET, HEAD", "allowed are GET, HEAD"),
    ],
)
def test_another_method_is_a_405_that_names_the_allowed_ones(
    method: str, target: str, allowed: str, text: str
) -> None:
    response = ask(method, target)
    assert response.status == 405
    assert f"allow: {allowed}, OPTIONS\r\n" in response.headers
    assert text in str(response.content)


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("/nowhere", "/docs shows what is"),
        ("/predict/", "/docs shows what is"),
        ("/v2/models/house-prices-/infer", "the model is house_price"),
        ("/models/other/predict", "the model is house_price"),
        ("/v1/models/other:predict", "the model is house_price"),
        ("/v1/models/house_price/versions/a:b:predict", "the model is house_price"),
        ("/v1/models/house_price/versions/:predict", "the model is house_price"),
    ],
)
def test_an_unknown_path_is_a_404_with_a_hint(target: str, hint: str) -> None:
    for method in ("GET", "POST"):
        response = ask(method, target)
        assert response.status == 404
        assert hint in response.content["error"]


def test_a_path_written_as_a_template_names_no_version() -> None:
    content = ask("POST", "/v1/models/house_price/versions/%7Bversion%7D:predict").content
    assert content == ["TensorFlow Serving", "{version}", False]


def test_a_flag_that_is_no_flag_and_a_target_that_is_no_url_are_400() -> None:
    assert ask("POST", "/predict?explain=maybe").status == 400
    assert ask("GET", "nowhere").status == 400


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_pages_are_503_before_the_first_release(method: str) -> None:
    for target in ("/health/status", "/metadata", "/docs", "/v1/models/house_price/versions/1"):
        response = ask(method, target)
        assert response == (503, {"error": "no model is released yet"}, JSON_HEADER.decode())


def test_a_server_is_live_before_the_first_release() -> None:
    for target in ("/health/ping", "/v2/health/live", "/v2", "/v2/", "/version"):
        assert ask("GET", target).status == 200
    assert ask("GET", "/").content == {"status": "alive"}


def test_a_browser_gets_a_page_where_kserves_clients_ask_for_life() -> None:
    response = ask("GET", "/", accept=b"text/html,application/xhtml+xml,*/*;q=0.8")
    assert response.status == 503
    assert "<h1>house_price</h1><p>no model is released yet.</p>" in response.content
    assert "text/html" in response.headers


def test_readiness_ends_with_the_drain() -> None:
    application = app(is_ready=False)
    assert "is not there yet" in ask("GET", "/v2/health/ready", application).content["error"]
    application.draining = True
    for target in ("/health/status", "/v1/models/house_price", "/ping", "/health"):
        assert ask("GET", target, application).content == {"error": "about to stop"}


def test_every_response_is_counted_by_the_route_of_its_path_and_its_status() -> None:
    metrics = ServerMetrics()
    application = app(metrics=metrics)
    for method, target in [
        ("POST", "/predict"),
        ("POST", "/predict?explain=true"),
        ("PUT", "/predict"),
        ("POST", "/v2/models/house_price/versions/3/infer"),
        ("POST", "/v2/models/house_price/versions/4/infer"),
        ("GET", "/wrong/path"),
        ("GET", "/another"),
        ("GET", "/v2/models/house_price/ready"),
    ]:
        response = ask(method, target, application)
        request = http_request(b"", method.encode(), target.encode())
        application.count_response(request, response.status)
    rejected = HttpRequest(
        b"", b"", b"", Client(), rejection=Rejection(HTTPStatus.BAD_REQUEST, "http", "bad")
    )
    application.count_response(rejected, 400)
    text = generate_latest(metrics.registry).decode()
    counted = dict(
        line.removeprefix('homestead_http_requests_total{code="').rsplit(" ", 1)
        for line in text.splitlines()
        if line.startswith("homestead_http_requests_total{")
    )
    version_route = "/v2/models/house_price/versions/{version}/infer"
    assert counted == {
        '200",model="house_price",route="/predict"}': "2.0",
        '405",model="house_price",route="/predict"}': "1.0",
        f'200",model="house_price",route="{version_route}"}}': "2.0",
        '404",model="house_price",route="other"}': "2.0",
        '400",model="house_price",route="other"}': "1.0",
        '503",model="house_price",route="/v2/models/house_price/ready"}': "1.0",
    }
    assert 'homestead_http_requests_in_flight{model="house_price"} 0.0' in text
    # A second scrape counts nothing again.
    assert generate_latest(metrics.registry).decode() == text

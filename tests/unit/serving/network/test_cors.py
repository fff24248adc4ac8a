"""Cross-origin requests: which pages may read a response, and what a preflight gets."""

import pytest

from homestead.serving.http.application import JSON_HEADER, Responder
from homestead.serving.http.request import HttpRequest
from homestead.serving.network.cors import CorsApplication
from tests.http_wire import http_request

PAGE = b"https://page.example"
PREFLIGHT = [
    (b"Access-Control-Request-Method", b"POST"),
    (b"Access-Control-Request-Headers", b"content-type, authorization"),
]


class Refuses:
    """Responds with an error."""

    draining = False
    counted = 0

    def __call__(self, request: HttpRequest, respond: Responder) -> None:
        respond(400, b"wrong")

    def count_response(self, request: HttpRequest, status: int) -> None:
        self.counted += 1


def headers_of(
    origins: str, origin: bytes | None, method: bytes = b"POST", preflight: bool = False
) -> list[str]:
    lines = [(b"Origin", origin)] if origin is not None else []
    responses: list[tuple[int, bytes, bytes]] = []

    def respond(status: int, content: bytes, headers: bytes = JSON_HEADER) -> None:
        responses.append((status, content, headers))

    request = http_request(b"", method, headers=[*lines, *(PREFLIGHT if preflight else [])])
    CorsApplication(Refuses(), origins)(request, respond)
    ((status, content, headers),) = responses
    assert (status, content) == (400, b"wrong")
    assert headers.startswith(JSON_HEADER)
    return headers.removeprefix(JSON_HEADER).decode().split("\r\n")[:-1]


@pytest.mark.parametrize("origins", [PAGE.decode(), f"http://localhost:3000, {PAGE.decode()}"])
def test_errors_too_are_readable_by_the_pages_of_an_origin(origins: str) -> None:
    headers = headers_of(origins, PAGE)
    assert headers[:2] == [f"access-control-allow-origin: {PAGE.decode()}", "vary: origin"]
    assert headers[2].startswith("access-control-expose-headers: ")


@pytest.mark.parametrize("origin", [None, b"https://other.example", PAGE + b".evil", b"null"])
def test_others_get_the_response_without_leave_to_read_it(origin: bytes | None) -> None:
    assert headers_of(PAGE.decode(), origin) == ["vary: origin"]


def test_a_star_allows_every_page() -> None:
    assert headers_of("*", b"null")[0] == "access-control-allow-origin: *"
    assert headers_of("*", None) == []


def test_a_preflight_is_told_methods_and_headers() -> None:
    headers = headers_of(PAGE.decode(), PAGE, b"OPTIONS", preflight=True)
    assert f"access-control-allow-origin: {PAGE.decode()}" in headers
    assert "access-control-allow-methods: GET, HEAD, POST" in headers
    assert "access-control-allow-headers: content-type, authorization" in headers
    assert headers_of(PAGE.decode(), b"https://other", b"OPTIONS", True) == ["vary: origin"]


def test_drain_and_counts_reach_the_application() -> None:
    application = Refuses()
    wrapped = CorsApplication(application, "*")
    wrapped.draining = True
    wrapped.count_response(http_request(), 200)
    assert (application.draining, wrapped.draining, application.counted) == (True, True, 1)

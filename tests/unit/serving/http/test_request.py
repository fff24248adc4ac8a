"""A request's headers, and the presence of its client."""

import asyncio

import pytest

from homestead.serving.http.request import Client
from tests.http_wire import Pending, connect, http_request, request


@pytest.mark.parametrize(
    ("name", "value"), [(b"content-type", b"a/b"), (b"x", b"1, 2"), (b"y", b""), (b"z", None)]
)
def test_a_header_is_found_by_its_lower_case_name(name: bytes, value: bytes | None) -> None:
    lines = [(b"Content-Type", b"a/b"), (b"X", b"1"), (b"y", b""), (b"x", b"2")]
    assert http_request(headers=lines).header(name) == value


def test_headers_reach_the_application() -> None:
    async def run() -> None:
        application = Pending()
        connection, _ = connect(application)
        connection.data_received(request(b"POST", b"x", b"X-A: b\r\n"))
        assert application.requests[0].header(b"x-a") == b"b"
        assert application.requests[0].header(b"content-length") == b"1"

    asyncio.run(run())


@pytest.mark.parametrize("name", [b"Idempotency-Key", b"idempotency-key"])
def test_the_key_of_a_request_is_found_whichever_line_holds_it(name: bytes) -> None:
    async def run() -> None:
        application = Pending()
        connection, _ = connect(application)
        connection.data_received(request(b"POST", b"x", b"Accept-Encoding: b\r\n"))
        connection.data_received(request(b"POST", b"x", b"X-A: b\r\n" + name + b": c\r\n"))
        application.responders[0](200, b"")
        first, second = application.requests
        assert (first.idempotency_key, second.idempotency_key) == (None, b"c")
        assert second.header(b"x-a") == b"b"

    asyncio.run(run())


def test_a_client_leaves_once() -> None:
    client = Client()
    calls: list[int] = []
    client.when_gone(lambda: calls.append(1))
    client.callback = None
    client.when_gone(lambda: calls.append(2))
    client.leave()
    client.leave()
    assert calls == [2]

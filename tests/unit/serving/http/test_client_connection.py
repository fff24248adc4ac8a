"""A connection gives way to others, and to the server's end."""

import asyncio

import pytest

from homestead.serving.http.endpoint import Endpoint
from homestead.serving.http.limits import ConnectionLimits, EndpointLimits
from homestead.serving.request_limits import MAX_BODY_BYTES
from tests.http_wire import Echo, Pending, connect, connect_to, request


def test_a_connection_is_idle_between_its_requests_only() -> None:
    async def run() -> None:
        application = Pending()
        connection, _ = connect(application)
        assert connection.idle_since is not None
        begun = request(b"POST", b"x")
        connection.data_received(begun[:10])
        assert connection.idle_since is None
        connection.data_received(begun[10:])
        assert connection.idle_since is None
        application.responders[0](200, b"")
        assert connection.idle_since is not None

    asyncio.run(run())


@pytest.mark.parametrize(
    "arrived", [b"POST /p HTTP/1.1\r\nX: y\r\nHost: x\r\n", request(b"POST", b"body")[:-1]]
)
def test_an_unfinished_request_that_is_shed_is_a_503(arrived: bytes) -> None:
    async def run() -> None:
        connection, wire = connect(Echo())
        now = asyncio.get_running_loop().time()
        assert connection.occupancy(now) == 0
        connection.data_received(arrived)
        assert connection.occupancy(now + 1) > len(b"X: y")
        connection.shed()
        assert wire.sent.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1\r\n" in wire.sent
        assert wire.has_sent_eof
        assert connection.occupancy(now + 1) == 0

    asyncio.run(run())


def test_shedding_waits_for_the_responses_to_earlier_requests() -> None:
    async def run() -> None:
        application = Pending()
        connection, wire = connect(application)
        one = request(b"POST", b"x")
        connection.data_received(one + one[:-1])
        connection.shed()
        assert wire.sent == b""
        application.responders[0](200, b"")
        assert [wire.sent.find(b"HTTP/1.1 200"), wire.sent.count(b"HTTP/1.1 503")] == [0, 1]

    asyncio.run(run())


def test_the_request_of_a_lost_connection_holds_memory_until_its_work_has_ended() -> None:
    async def run() -> None:
        limits = ConnectionLimits(5, MAX_BODY_BYTES)
        application = Pending()
        endpoint = Endpoint(application, lambda: None, limits, EndpointLimits(9, 100_000))
        connection, wire = connect_to(endpoint)
        large = request(b"POST", b"x" * 150_000)
        connection.data_received(large)
        assert endpoint.is_memory_full
        wire.is_closed = True
        connection.connection_lost(None)
        assert endpoint.is_memory_full
        application.responders[0](503, b"")
        assert not endpoint.is_memory_full

    asyncio.run(run())


def test_a_stop_closes_idle_connections_and_no_others() -> None:
    async def run() -> None:
        closed = []
        for data in (b"", b"POST /begun", request(b"POST", b"")):
            connection, wire = connect(Pending())
            connection.data_received(data)
            connection.close_unless_busy()
            closed.append(wire.is_closed)
        assert closed == [True, False, False]

    asyncio.run(run())

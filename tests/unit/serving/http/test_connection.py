"""A connection: pipelined requests, back pressure, failures and its end."""

import asyncio
import gc
import itertools
import weakref

import pytest

from homestead.serving.http.application import Responder
from homestead.serving.http.client_connection import ClientConnection
from homestead.serving.http.connection_state import CLOSED, IDLE, INPUT_ENDED, LINGERING, RECEIVING
from homestead.serving.http.request import HttpRequest
from tests.http_wire import Echo, Pending, Wire, connect, request


def test_the_state_follows_the_life_of_a_connection() -> None:
    async def run() -> None:
        application = Pending()
        connection, _ = connect(application)
        states = [connection.state]
        data = request(b"POST", b"body", b"Connection: close\r\n")
        for piece in (data[:10], data[10:]):
            connection.data_received(piece)
            states.append(connection.state)
        application.responders.pop()(200, b"")
        states.append(connection.state)
        connection.data_received(b"discarded")
        connection.connection_lost(None)
        states.append(connection.state)
        assert states == [IDLE, RECEIVING, INPUT_ENDED, LINGERING, CLOSED]

    asyncio.run(run())


def test_a_client_that_half_closes_gets_the_responses_to_its_complete_requests() -> None:
    async def run() -> None:
        application = Pending()
        connection, wire = connect(application)
        connection.data_received(request(b"POST", b"") * 2 + b"POST /unfinished")
        assert connection.eof_received()
        for _ in range(2):
            assert not wire.has_sent_eof
            application.responders.pop()(200, b"")
        assert wire.sent.count(b"HTTP/1.1 200") == 2
        assert wire.has_sent_eof
        idle, _ = connect(application)
        assert not idle.eof_received()

    asyncio.run(run())


def test_a_failing_application_is_a_500_and_the_next_request_is_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class FailsOnce(Echo):
        def __call__(self, request: HttpRequest, respond: Responder) -> None:
            if request.target == b"/p":
                raise RuntimeError("a bug")
            super().__call__(request, respond)

    async def run() -> Wire:
        connection, wire = connect(FailsOnce())
        connection.data_received(request(b"POST", b"") + b"GET /g HTTP/1.1\r\nHost: x\r\n\r\n")
        return wire

    sent = asyncio.run(run()).sent
    assert sent.startswith(b"HTTP/1.1 500 ")
    assert b"HTTP/1.1 200 " in sent
    assert "a bug" in caplog.text


def test_reading_pauses_while_large_bodies_or_headers_are_queued() -> None:
    async def run() -> None:
        connection, wire = connect(Pending())
        sent = 0
        while wire.is_reading and sent < 100:
            connection.data_received(request(b"POST", b"x" * 100_000))
            sent += 1
        assert sent == 2
        connection, wire = connect(Pending())
        sent = 0
        while wire.is_reading and sent < 100:
            connection.data_received(request(b"POST", b"", b"X: y\r\n" * 190))
            sent += 1
        assert sent < 6

    asyncio.run(run())


def test_a_connection_has_few_enough_attributes_for_cpython_to_be_fast() -> None:
    async def run() -> int:
        connection, _ = connect(Echo())
        connection.data_received(request(b"POST", b"x"))
        return len(vars(connection))

    assert asyncio.run(run()) < 30


def test_a_client_that_does_not_read_is_not_read_from_until_it_does() -> None:
    async def run() -> None:
        connection, wire = connect(Echo())
        connection.pause_writing()
        connection.data_received(request(b"POST", b""))
        assert (wire.sent, wire.is_reading) == (b"", False)
        connection.resume_writing()
        assert wire.sent.startswith(b"HTTP/1.1 200 ")
        assert wire.is_reading

    asyncio.run(run())


def test_100_continue_comes_in_order_and_only_for_http_1_1() -> None:
    async def run() -> None:
        application = Pending()
        connection, wire = connect(application)
        expecting = request(b"POST", b"abc", b"Expect: 100-continue\r\n")
        head, body = expecting.split(b"\r\n\r\n")
        connection.data_received(request(b"POST", b"") + head + b"\r\n\r\n")
        assert wire.sent == b""
        application.responders.pop()(200, b"first")
        assert wire.sent.endswith(b"first" + b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.data_received(body)
        assert len(application.responders) == 1
        http_1_0, wire = connect(Echo())
        http_1_0.data_received(expecting.replace(b"HTTP/1.1", b"HTTP/1.0"))
        assert wire.sent.startswith(b"HTTP/1.1 200 ")

    asyncio.run(run())


def test_a_lost_connection_leaves_no_garbage_to_collect() -> None:
    async def run() -> "weakref.ref[ClientConnection]":
        connection, _ = connect(Echo())
        connection.data_received(request(b"POST", b"x" * 1000)[:-1])
        connection.connection_lost(None)
        return weakref.ref(connection)

    gc.disable()
    try:
        assert asyncio.run(run())() is None
    finally:
        gc.enable()


def test_many_requests_in_one_piece_do_not_occupy_the_event_loop() -> None:
    async def run() -> None:
        connection, wire = connect(Echo())
        connection.data_received(b"HEAD /g HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)
        counts = [wire.sent.count(b"HTTP/1.1 200")]
        while counts[-1] < 1000:
            await asyncio.sleep(0)
            counts.append(wire.sent.count(b"HTTP/1.1 200"))
        assert max(b - a for a, b in itertools.pairwise([0, *counts])) <= 100
        assert wire.is_reading

    asyncio.run(run())


def test_a_drain_answers_complete_requests_and_closes_with_the_last() -> None:
    async def run() -> None:
        application = Pending()
        connection, wire = connect(application)
        connection.data_received(request(b"POST", b"") * 3)
        application.draining = True
        for number in range(3):
            assert not wire.has_sent_eof
            application.responders.pop()(200, b"%d" % number)
        assert wire.sent.count(b"HTTP/1.1 200") == 3
        assert wire.sent.count(b"connection: close") == 1
        assert wire.has_sent_eof

    asyncio.run(run())


@pytest.mark.parametrize("is_half_closed", [True, False])
def test_work_learns_that_its_client_is_gone(is_half_closed: bool) -> None:
    async def run() -> None:
        application = Pending()
        connection, wire = connect(application)
        calls: list[str] = []
        connection.data_received(request(b"POST", b"") * 2)
        application.requests[0].client.when_gone(lambda: calls.append("first"))
        application.responders[0](200, b"answered in time")
        client = application.requests[1].client
        client.when_gone(lambda: calls.append("second"))
        assert not client.is_gone
        if is_half_closed:
            connection.eof_received()
        else:
            connection.connection_lost(None)
        assert client.is_gone
        assert calls == ["second"]
        client.when_gone(lambda: calls.append("late"))
        assert calls == ["second", "late"]
        if is_half_closed:
            application.responders[1](503, b"")
            assert b"HTTP/1.1 503 " in wire.sent

    asyncio.run(run())

"""Timeouts of a connection: idle, stalled and unfinished."""

import asyncio

from homestead.serving.http.timeouts import KEEP_ALIVE_S, LINGER_S, UNREAD_S, UnreadResponses
from tests.http_wire import Echo, Pending, connect, request


def test_an_idle_connection_is_closed_after_the_keep_alive_timeout() -> None:
    async def run() -> None:
        now = asyncio.get_running_loop().time()
        connection, wire = connect(Echo())
        connection.data_received(request(b"POST", b""))
        for second in range(KEEP_ALIVE_S):
            connection.close_if_late(now + second)
            assert not wire.is_closed
        connection.close_if_late(now + KEEP_ALIVE_S + 3)
        assert wire.is_closed

    asyncio.run(run())


def test_a_client_may_read_slowly_but_not_stop() -> None:
    async def run() -> None:
        now = asyncio.get_running_loop().time()
        connection, wire = connect(Echo())
        for second in range(300):
            wire.unread_bytes = 1_000_000 - second
            connection.close_if_late(now + second)
        assert not wire.is_closed
        for second in range(300, 300 + UNREAD_S + 2):
            connection.close_if_late(now + second)
        assert wire.is_aborted

    asyncio.run(run())


def test_unread_responses_are_stalled_only_while_their_size_stays() -> None:
    unread = UnreadResponses()
    assert not unread.are_stalled(0, UNREAD_S + 1)
    assert not unread.are_stalled(10, 100)
    assert not unread.are_stalled(10, 100 + UNREAD_S)
    assert unread.are_stalled(10, 101 + UNREAD_S)
    assert not unread.are_stalled(9, 102 + UNREAD_S)


def test_an_unfinished_request_times_out_and_then_the_connection_lingers_briefly() -> None:
    async def run() -> None:
        now = asyncio.get_running_loop().time()
        connection, wire = connect(Echo())
        connection.data_received(b"POST /p HTTP/1.1\r\n")
        connection.close_if_late(now + 4)
        assert not wire.sent
        connection.close_if_late(now + 7)
        assert wire.sent.startswith(b"HTTP/1.1 408 ")
        assert wire.has_sent_eof
        connection.close_if_late(now + LINGER_S + 18)
        assert wire.is_aborted

    asyncio.run(run())


def test_a_client_that_waits_for_its_response_is_never_late() -> None:
    async def run() -> None:
        now = asyncio.get_running_loop().time()
        application = Pending()
        connection, wire = connect(application)
        connection.data_received(request(b"POST", b""))
        connection.close_if_late(now + 1000)
        application.responders.pop()(200, b"at last")
        assert wire.sent.endswith(b"at last")
        assert not wire.is_closed

    asyncio.run(run())

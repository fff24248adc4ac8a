"""Limits of a connection: idle, stalled, unfinished, and old."""

import asyncio
import http.client
import math
import socket
import threading
from typing import Any

import pytest

from homestead.serving.http.client_connection import ClientConnection
from homestead.serving.http.endpoint import Endpoint
from homestead.serving.http.limits import (
    KEEP_ALIVE_S,
    LINGER_S,
    UNREAD_S,
    ConnectionLimits,
    UnreadResponses,
    draw_limit,
)
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


def test_a_limit_is_drawn_between_half_and_all() -> None:
    drawn = [draw_limit(60) for _ in range(1000)]
    assert 30 <= min(drawn) < 35
    assert 55 < max(drawn) <= 60
    assert draw_limit(0) == math.inf


def test_an_old_connection_closes_with_the_next_response() -> None:
    async def run() -> None:
        now = asyncio.get_running_loop().time()
        connection, wire = connect(Echo(later=True), max_age_s=60)
        for age in (1, 29, 61):
            connection.close_if_late(now + age)
            assert b"connection: close" not in wire.sent
            connection.data_received(request(b"POST", b"x"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert wire.sent.count(b"HTTP/1.1 200") == 3
        assert wire.sent.count(b"connection: close") == 1
        assert wire.has_sent_eof

    asyncio.run(run())


def test_a_connection_closes_after_its_number_of_requests() -> None:
    async def run() -> int:
        connection, wire = connect(Echo(later=True), max_requests=10)
        while not wire.has_sent_eof:
            connection.data_received(request(b"POST", b"x"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        return wire.sent.count(b"HTTP/1.1 200")

    assert {asyncio.run(run()) for _ in range(100)} <= set(range(5, 11))


@pytest.mark.parametrize("later", [False, True])
def test_no_request_that_has_begun_to_arrive_is_lost(later: bool) -> None:
    async def run() -> None:
        connection, wire = connect(Echo(later), max_requests=1)
        one = request(b"POST", b"x")
        connection.data_received(one + one[:10])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        connection.data_received(one[10:] + one * 3)
        for _ in range(10):
            await asyncio.sleep(0)
        # A client that sends requests ahead keeps its connection.
        connection.data_received(one)
        for _ in range(10):
            await asyncio.sleep(0)
        assert wire.sent.count(b"HTTP/1.1 200") == 6
        assert not wire.has_sent_eof

    asyncio.run(run())


class Server:
    """A server with sockets in a thread, whose connections live for few requests."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.listener.getsockname()
        self._loop = asyncio.new_event_loop()
        self.accepted = 0
        endpoint = Endpoint(Echo(later=True), lambda: None, limits)

        def accept() -> ClientConnection:
            self.accepted += 1
            return ClientConnection(endpoint)

        self._accept, self._endpoint = accept, endpoint
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        server = self._loop.run_until_complete(
            self._loop.create_server(self._accept, sock=self.listener)
        )
        self._tick()
        self._loop.run_forever()
        server.close()
        for connection in list(self._endpoint.connections):
            connection.abort()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.run_until_complete(server.wait_closed())
        self._loop.close()

    def _tick(self) -> None:
        for connection in list(self._endpoint.connections):
            connection.close_if_late(self._loop.time())
        self._loop.call_later(0.01, self._tick)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()


@pytest.mark.parametrize("limits", [(5, 1000, 0, 7), (5, 1000, 0.05, 0)], ids=["requests", "age"])
def test_keep_alive_clients_reconnect_and_lose_nothing(limits: tuple[Any, ...]) -> None:
    server = Server(ConnectionLimits(*limits))
    results: list[list[bytes]] = []

    def send() -> None:
        connection = http.client.HTTPConnection(*server.address, timeout=20)
        contents = []
        for number in range(300):
            connection.request("POST", "/p", body=b"%d" % number)
            contents.append(connection.getresponse().read())
        connection.close()
        results.append(contents)

    try:
        clients = [threading.Thread(target=send) for _ in range(4)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    finally:
        server.stop()
    expected = [b"POST /p %d %d" % (len(str(number)), number) for number in range(300)]
    assert results == [expected] * 4
    assert server.accepted >= 8


def test_pipelined_requests_over_sockets_are_all_answered() -> None:
    server = Server(ConnectionLimits(5, 1000, 0.001, 1))
    try:
        with socket.create_connection(server.address, 20) as client:
            for _ in range(20):
                client.sendall(request(b"POST", b"x") * 5)
            answered = b""
            while answered.count(b"HTTP/1.1 200") < 100:
                received = client.recv(65536)
                assert received, "closed with requests unanswered"
                answered += received
    finally:
        server.stop()

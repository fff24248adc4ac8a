"""Bounds on an endpoint: the number of its connections, and the memory of their requests."""

import asyncio
import os
import signal
import socket

from homestead.serving.http.endpoint import Endpoint
from homestead.serving.http.limits import ConnectionLimits, EndpointLimits
from homestead.serving.http.server import HttpServer
from tests.http_wire import Echo, Pending, Wire, connect_to, request

LIMITS = ConnectionLimits(5, 100_000)


def endpoint(max_connections: int = 100, max_held_bytes: int = 1_000_000) -> Endpoint:
    return Endpoint(Echo(), lambda: None, LIMITS, EndpointLimits(max_connections, max_held_bytes))


def test_slow_senders_cannot_keep_others_out() -> None:
    async def run() -> None:
        shared = endpoint()
        large = request(b"POST", b"x" * 99_000)
        slow = [connect_to(shared) for _ in range(10)]
        for connection, _ in slow:
            connection.data_received(large[:-1])
        await asyncio.sleep(0.02)
        for _ in range(50):
            connection, wire = connect_to(shared)
            connection.data_received(large[:70_000])
            connection.data_received(large[70_000:])
            assert wire.sent.startswith(b"HTTP/1.1 200 ")
            connection.connection_lost(None)
        refused = [wire for _, wire in slow if wire.sent.startswith(b"HTTP/1.1 503 ")]
        assert len(refused) == 1
        # A small request needs no room.
        connection, wire = connect_to(shared)
        connection.data_received(request(b"POST", b"small"))
        assert wire.sent.startswith(b"HTTP/1.1 200 ")

    asyncio.run(run())


def test_headers_and_queued_requests_count_too() -> None:
    async def run() -> None:
        shared = endpoint(max_connections=1000, max_held_bytes=300_000)
        wires: list[Wire] = []
        for _ in range(100):
            connection, wire = connect_to(shared)
            connection.data_received(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100)
            wires.append(wire)
        assert 20 <= sum(not wire.sent for wire in wires) <= 30
        assert sum(wire.sent.startswith(b"HTTP/1.1 503 ") for wire in wires) >= 70
        paused = 0
        shared = Endpoint(Pending(), lambda: None, LIMITS, EndpointLimits(1000, 300_000))
        for _ in range(100):
            connection, wire = connect_to(shared)
            for _ in range(5):
                if wire.is_reading:
                    connection.data_received(request(b"POST", b"x" * 2000))
            paused += not wire.is_reading
        assert paused > 50

    asyncio.run(run())


def test_a_new_connection_takes_the_place_of_the_one_that_was_idle_longest() -> None:
    async def run() -> None:
        shared = endpoint(max_connections=3)
        old = [connect_to(shared) for _ in range(3)]
        await asyncio.sleep(0.01)
        old[0][0].data_received(request(b"POST", b""))
        old[1][0].data_received(b"POST /begun")
        new, wire = connect_to(shared)
        assert [was.is_aborted for _, was in old] == [False, False, True]
        old[2][0].connection_lost(None)
        new.data_received(request(b"POST", b""))
        assert wire.sent.startswith(b"HTTP/1.1 200 ")

    asyncio.run(run())


def test_a_new_connection_is_refused_if_all_others_are_in_use() -> None:
    async def run() -> None:
        shared = endpoint(max_connections=2)
        for _ in range(2):
            connection, _ = connect_to(shared)
            connection.data_received(b"POST /begun")
        wires = [connect_to(shared)[1] for _ in range(100)]
        refused = [wire for wire in wires if wire.sent]
        assert all(wire.sent.startswith(b"HTTP/1.1 503 ") for wire in refused)
        assert all(b"retry-after: 1\r\n" in wire.sent for wire in refused)
        # The others are closed at once, so that refusals cannot add up.
        assert len(refused) < 50
        assert all(wire.is_aborted for wire in wires if not wire.sent)

    asyncio.run(run())


def test_a_flood_of_idle_connections_leaves_room_for_the_next_client() -> None:
    async def run() -> bytes:
        listener = socket.create_server(("127.0.0.1", 0))
        shared = endpoint(max_connections=20)
        serving = asyncio.create_task(
            HttpServer([(shared, listener)], drain_s=0, in_flight_s=1).run()
        )
        address = listener.getsockname()
        flood = [await asyncio.open_connection(*address) for _ in range(200)]
        await asyncio.sleep(0.2)
        assert len(shared.connections) <= 60
        reader, writer = await asyncio.open_connection(*address)
        writer.write(request(b"POST", b"x"))
        status = await reader.readuntil(b"\r\n")
        for _, each in [*flood, (reader, writer)]:
            each.close()
        os.kill(os.getpid(), signal.SIGINT)
        await serving
        return status

    assert asyncio.run(run()).startswith(b"HTTP/1.1 200 ")

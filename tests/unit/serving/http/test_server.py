"""The listening server: its date header, its drain and its end."""

import asyncio
import os
import signal
import socket

import pytest

from homestead.serving.http.application import Application
from homestead.serving.http.endpoint import Endpoint
from homestead.serving.http.limits import ConnectionLimits
from homestead.serving.http.server import HttpServer
from tests.http_wire import Echo, Pending, request


def listen() -> socket.socket:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


async def start(application: Application, drain_s: float) -> tuple[asyncio.Task[None], int]:
    """Start a server in a task; return the task and the port."""
    listener = listen()
    endpoint = Endpoint(application, lambda: None, ConnectionLimits(5, 1000))
    server = HttpServer([(endpoint, listener)], drain_s, in_flight_s=10)
    return asyncio.create_task(server.run()), listener.getsockname()[1]


async def read_response(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    return head + await reader.readexactly(length)


async def until_refused(port: int) -> None:
    """Wait until the server, whose drain has ended, no longer listens."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except (ConnectionRefusedError, ConnectionResetError):
            return
        writer.close()
        await asyncio.sleep(0.01)


def test_responses_have_a_date_and_sigint_ends_the_server_at_once() -> None:
    async def run() -> bytes:
        server, port = await start(Echo(), drain_s=100)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(b"POST", b"body"))
        response = await read_response(reader)
        os.kill(os.getpid(), signal.SIGINT)
        await server
        assert await reader.read() == b""
        writer.close()
        return response

    response = asyncio.run(asyncio.wait_for(run(), 20))
    assert response.startswith(b"HTTP/1.1 200 OK\r\ndate: ")
    assert response.endswith(b"POST /p 4 body")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_a_signal_to_terminate_drains_first_and_the_last_response_announces_the_end(
    number: signal.Signals,
) -> None:
    async def run() -> list[bytes]:
        application = Pending()
        server, port = await start(application, drain_s=0.2)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request(b"POST", b""))
        while not application.responders:
            await asyncio.sleep(0.01)
        os.kill(os.getpid(), number)
        while not application.draining:
            await asyncio.sleep(0.01)
        await until_refused(port)
        assert not server.done()
        application.responders.pop()(200, b"last")
        responses = [await read_response(reader)]
        writer.close()
        await server
        return responses

    (response,) = asyncio.run(asyncio.wait_for(run(), 20))
    assert b"connection: close" in response
    assert response.endswith(b"last")

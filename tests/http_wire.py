"""An HTTP connection without a socket: a transport that records, applications and requests."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

from homestead.serving.http.application import JSON_HEADER, Application, Responder
from homestead.serving.http.client_connection import ClientConnection
from homestead.serving.http.endpoint import Endpoint
from homestead.serving.http.limits import ConnectionLimits
from homestead.serving.http.request import Client, HttpRequest
from homestead.serving.request_limits import MAX_BODY_BYTES

UPGRADE_HEADERS = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"


class Wire:
    """A transport that records what a connection does with it."""

    def __init__(self) -> None:
        self.sent = b""
        self.is_reading = True
        self.has_sent_eof = self.is_closed = self.is_aborted = False
        self.unread_bytes = 0

    def write(self, data: bytes) -> None:
        assert not self.has_sent_eof, "written after the end"
        self.sent += data

    def write_eof(self) -> None:
        self.has_sent_eof = True

    def close(self) -> None:
        self.is_closed = True

    def abort(self) -> None:
        self.is_closed = self.is_aborted = True

    def get_write_buffer_size(self) -> int:
        return self.unread_bytes

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True


class Echo:
    """Responds with what it received, at once or in the next iteration of the event loop."""

    draining = False

    def __init__(self, later: bool = False) -> None:
        self.later = later

    def count_response(self, request: HttpRequest, status: int) -> None:
        pass

    def __call__(self, request: HttpRequest, respond: Responder) -> None:
        body = request.body
        content = b"%b %b %d %b" % (request.method, request.target[:20], len(body), body[:30])
        if self.later:
            asyncio.get_running_loop().call_soon(respond, 200, content, JSON_HEADER)
        else:
            respond(200, content)


class Pending:
    """Never responds by itself; keeps requests and responders in order."""

    draining = False

    def __init__(self) -> None:
        self.requests: list[HttpRequest] = []
        self.responders: list[Responder] = []
        self.statuses: list[int] = []

    def count_response(self, request: HttpRequest, status: int) -> None:
        self.statuses.append(status)

    def __call__(self, request: HttpRequest, respond: Responder) -> None:
        self.requests.append(request)
        self.responders.append(respond)


def http_request(
    body: bytes = b"",
    method: bytes = b"POST",
    target: bytes = b"/predict",
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> HttpRequest:
    """Return a request as an application gets it."""
    return HttpRequest(method, target, body, Client(), headers)


def connect(
    application: Application, max_age_s: float = 0, max_requests: int = 0
) -> tuple[ClientConnection, Wire]:
    """Return a connection to an application, and its transport; needs a running event loop."""
    limits = ConnectionLimits(5, MAX_BODY_BYTES, max_age_s, max_requests)
    return connect_to(Endpoint(application, lambda: None, limits))


def connect_to(endpoint: Endpoint) -> tuple[ClientConnection, Wire]:
    """Return a new connection of an endpoint, and its transport."""
    wire, connection = Wire(), ClientConnection(endpoint)
    connection.connection_made(cast(Any, wire))
    return connection, wire


def exchange(pieces: Sequence[bytes], later: bool = False) -> Wire:
    """Send pieces to :class:`Echo` and return the transport with the responses."""

    async def run() -> Wire:
        connection, wire = connect(Echo(later))
        for piece in pieces:
            while not wire.is_reading:
                await asyncio.sleep(0)
            connection.data_received(piece)
        for _ in range(300):
            await asyncio.sleep(0)
        return wire

    return asyncio.run(run())


def request(method: bytes, body: bytes, more_headers: bytes = b"") -> bytes:
    """Return a request with a Content-Length."""
    return b"%b /p HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%b\r\n%b" % (
        *(method, len(body), more_headers, body),
    )


def chunked_request(chunks: Sequence[bytes], trailer: bytes) -> bytes:
    """Return a request whose body comes in chunks."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk)
    return b"PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%b0\r\n%b\r\n" % (
        *(body, trailer),
    )

"""HTTP/1.1 connections, with limits for clients that mean harm, or are broken.

llhttp (httptools) parses; what the server needs beyond it is small, and a general server's way to
an application costs as much as all that this application does: see docs/adr/0012-own-http.md.
"""

import asyncio
import logging
from collections import deque
from http import HTTPStatus
from typing import NamedTuple, Protocol, cast

import httptools
from prometheus_client import Counter

BODY_LIMIT = 4 * 1024 * 1024
HEADER_BYTES = 32 * 1024
# Seldon's executor keeps idle connections for 90 s; the server must not be the first to close.
KEEP_ALIVE_S = 120
# How long a client may leave an answer that it doesn't read.
_UNREAD_S = 30
# How long what still comes is thrown away after a last answer: a reset could overtake the answer.
_LINGER_S = 2
# Requests that wait on one connection before no more are read.
_PIPELINED = 100
JSON = b"content-type: application/json\r\n"
_LOG = logging.getLogger(__name__)


def _head(status: HTTPStatus) -> bytes:
    again = "retry-after: 1\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{again}".encode()


_HEADS = {status.value: _head(status) for status in HTTPStatus}


class Answer(Protocol):
    """How a request is answered: once, now or later."""

    def __call__(self, status: int, content: bytes, headers: bytes = JSON) -> None:
        """Answer with a status, content and header lines."""


class Application(Protocol):
    """What answers requests.

    Attributes:
        draining: the server is about to stop: each answer asks its client to connect anew.
    """

    draining: bool

    def __call__(self, method: bytes, target: bytes, body: bytes, answer: Answer) -> None:
        """Take a request; a body above BODY_LIMIT is cut off behind it."""


class Shared(Protocol):
    """What all connections of a server have in common.

    Attributes:
        refused: counts what was not HTTP, too large or too slow.
        request_s: how long a client may take to send a request, in seconds.
        date: the header line of this second.
    """

    application: Application
    refused: Counter
    request_s: float
    connections: set["Connection"]
    date: bytes


class _Request(NamedTuple):
    method: bytes
    target: bytes
    body: bytes
    keep: bool
    # The client speaks HTTP/1.0, which closes unless told otherwise.
    old: bool = False
    # What came is no request; this is its answer.
    refused: HTTPStatus | None = None


class Connection(asyncio.Protocol):
    """One client's connection: requests are answered one at a time, in their order."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._application = shared.application
        self._parser = httptools.HttpRequestParser(self)
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Request] = deque()
        # The request that is being answered.
        self._current: _Request | None = None
        self._receiving = self._in_header = self._expects = False
        # Nothing is read any more.
        self._over = False
        self._starting = self._blocked = self._paused = False
        self._target, self._parts, self._size = b"", cast(list[bytes], []), 0
        self._header_bytes = self._unfinished_bytes = 0
        # Since when a request comes in, or nothing does.
        self._since = self._loop.time()
        self._unread_since: float | None = None

    # The transport's calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._shared.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._shared.connections.discard(self)
        self._over = True
        self._waiting.clear()

    def eof_received(self) -> bool:
        """The client sends no more; what it asked for whole it still gets."""
        open_ = self._current is not None or bool(self._waiting)
        self._over = True
        return open_

    def pause_writing(self) -> None:
        self._blocked = True
        self._pause()

    def resume_writing(self) -> None:
        self._blocked = False
        self._start_waiting()

    def data_received(self, data: bytes) -> None:
        if self._over:
            return
        # The piece in which a header begins is left out: other requests may come before it.
        self._unfinished_bytes = self._unfinished_bytes + len(data) if self._in_header else 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # No other protocol is spoken here; the request itself has been taken.
            self._over = True
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST)
        if self._in_header and self._unfinished_bytes > HEADER_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    # The parser's calls.

    def on_message_begin(self) -> None:
        if self._over:
            return
        self._receiving = self._in_header = True
        self._expects = False
        self._target, self._parts, self._size, self._header_bytes = b"", [], 0, 0
        self._since = self._loop.time()

    def on_url(self, url: bytes) -> None:
        self._target += url
        self._header_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if len(name) == 6 and name.lower() == b"expect":
            self._expects = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        self._in_header = False
        if self._header_bytes > HEADER_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._expects and self._current is None and not self._waiting:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if self._over:
            return
        self._parts.append(body)
        self._size += len(body)
        if self._size > BODY_LIMIT:
            # The rest is not read, so that this is the last request.
            self._take(keep=False)
            self._over = True

    def on_message_complete(self) -> None:
        if not self._over:
            self._take(keep=self._parser.should_keep_alive())

    # Requests and answers.

    def _take(self, keep: bool) -> None:
        self._receiving = False
        parser, parts = self._parser, self._parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        old = parser.get_http_version() == "1.0"
        self._queue(_Request(parser.get_method(), self._target, body, keep, old))

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer what is no request, behind what was asked before, and read no more."""
        if self._over:
            return
        self._over, self._receiving, self._in_header = True, False, False
        self._shared.refused.inc()
        self._queue(_Request(b"", b"", b"", False, refused=status))

    def _queue(self, request: _Request) -> None:
        if self._current is None and not self._waiting and not self._blocked:
            self._start(request)
            return
        self._waiting.append(request)
        if len(self._waiting) >= _PIPELINED:
            self._pause()

    def _start(self, request: _Request) -> None:
        self._current = request
        if request.refused:
            self._answer(request.refused, b"")
            return
        try:
            self._application(request.method, request.target, request.body, self._answer)
        except Exception:
            _LOG.exception("a request failed")
            if self._current is request:
                self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, b"")

    def _answer(self, status: int, content: bytes, headers: bytes = JSON) -> None:
        """Send the answer to the current request, and go on with the next."""
        request, self._current = self._current, None
        transport = self._transport
        if request is None or transport.is_closing():
            return
        last = self._over and not self._waiting
        close = last or not request.keep or self._application.draining
        if close:
            headers += b"connection: close\r\n"
        elif request.old:
            headers += b"connection: keep-alive\r\n"
        head = b"%b%b%bcontent-length: %d\r\n\r\n" % (
            _HEADS[status],
            self._shared.date,
            headers,
            len(content),
        )
        transport.write(head if request.method == b"HEAD" else head + content)
        self._since = self._loop.time()
        if close:
            self._close()
        elif self._waiting or self._paused:
            self._start_waiting()

    def _start_waiting(self) -> None:
        if self._starting:
            return
        # A loop, since an answer may be given at once: recursion would end at some depth.
        self._starting = True
        while self._waiting and self._current is None and not self._blocked:
            self._start(self._waiting.popleft())
        self._starting = False
        if not self._blocked and len(self._waiting) < _PIPELINED:
            self._resume()

    def _pause(self) -> None:
        if not self._paused and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def _resume(self) -> None:
        if self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()

    # The end.

    def look(self, now: float) -> None:
        """Close the connection if its client takes too long."""
        transport = self._transport
        unread = transport.get_write_buffer_size() > 0
        if not unread:
            self._unread_since = None
        elif self._unread_since is None:
            self._unread_since = now
        elif now - self._unread_since > _UNREAD_S:
            transport.abort()
            return
        if self._current is not None or unread:
            # The client is not waited for.
            self._since = now
        elif self._over:
            if now - self._since > _LINGER_S:
                transport.abort()
        elif self._receiving:
            if now - self._since > self._shared.request_s:
                self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        elif now - self._since > KEEP_ALIVE_S + 1:
            transport.close()

    def end(self) -> None:
        """The server stops: close, unless a request has begun; its answer closes."""
        if not (self._current or self._waiting or (self._receiving and not self._over)):
            self._transport.close()

    def abort(self) -> None:
        """Close at once, whatever is going on."""
        self._transport.abort()

    def _close(self) -> None:
        """Say that no more comes, and throw away what still does until the client closes."""
        self._over = True
        self._waiting.clear()
        self._resume()
        if not self._transport.is_closing():
            self._transport.write_eof()

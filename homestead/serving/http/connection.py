"""HTTP/1.1 connections: answers in turn, and an end for clients that are too slow, or gone.

A general server's way to an application costs as much as all that this application does: see
docs/adr/0012-own-http.md.
"""

import asyncio
import logging
from collections import deque
from http import HTTPStatus
from typing import Protocol, cast

from prometheus_client import Counter

from homestead.serving.http.parser import HttpRequest, RequestParser

# Seldon's executor keeps idle connections for 90 s; the server must not be the first to close.
KEEP_ALIVE_S = 120
# How long a client may read nothing of an answer.
_UNREAD_S = 30
# How long what still comes is thrown away after a last answer: a reset could overtake the answer.
_LINGER_S = 2
# What waits on one connection before no more is read (requests, and bytes of their bodies); so
# many requests are started in one turn of the loop.
_PIPELINED = 100
_PIPELINED_BYTES = 64 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
JSON_HEADER = b"content-type: application/json\r\n"
_LOG = logging.getLogger(__name__)


def _head(status: HTTPStatus) -> bytes:
    again = "retry-after: 1\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{again}".encode()


_HEADS = {status.value: _head(status) for status in HTTPStatus}


class Responder(Protocol):
    """How a request is answered: once, now or later."""

    def __call__(self, status: int, content: bytes, headers: bytes = JSON_HEADER) -> None:
        """Answer with a status, content and header lines."""


class Application(Protocol):
    """What answers requests.

    Attributes:
        draining: the server is about to stop: each answer asks its client to connect anew.
    """

    draining: bool

    def __call__(self, method: bytes, target: bytes, body: bytes, answer: Responder) -> None:
        """Take a request; see :class:`homestead.serving.http.parser.HttpRequest`."""


class ConnectionContext(Protocol):
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


class Connection(RequestParser, asyncio.Protocol):
    """One client's connection: requests are answered one at a time, in their order."""

    def __init__(self, shared: ConnectionContext) -> None:
        super().__init__()
        self._shared = shared
        self._application = shared.application
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[HttpRequest] = deque()
        self._waiting_bytes = self._started = 0
        # The request that is being answered.
        self._current: HttpRequest | None = None
        self._starting = self._blocked = self._paused = self._owes_word = False
        # Since when a request comes in, or nothing does.
        self._since = self._loop.time()
        # What the client had left unread when it last read something, and when that was.
        self._unread, self._unread_since = 0, 0.0

    # The transport's calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._shared.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._shared.connections.discard(self)
        self.over = True
        self._waiting.clear()
        self._waiting_bytes = 0
        self.forget()

    def eof_received(self) -> bool:
        """The client sends no more; what it asked for whole it still gets."""
        open_ = self._current is not None or bool(self._waiting)
        self.over = True
        return open_

    def pause_writing(self) -> None:
        self._blocked = True
        self._pause()

    def resume_writing(self) -> None:
        self._blocked = False
        self._start_waiting()

    def data_received(self, data: bytes) -> None:
        if self.over:
            return
        self._started = 0
        self.feed(data)
        if self._waiting and self._current is None:
            self._loop.call_soon(self._start_waiting)

    # Requests and answers.

    def begun(self) -> None:
        self._owes_word = False
        self._since = self._loop.time()

    def expected(self) -> None:
        # Behind the answers to what was asked before.
        self._owes_word = True
        self._keep_word()

    def take(self, request: HttpRequest) -> None:
        if self._current is None and not self._waiting and self._may_start():
            self._start(request)
            return
        self._waiting.append(request)
        self._waiting_bytes += len(request.body)
        if self._full:
            self._pause()

    @property
    def _full(self) -> bool:
        return len(self._waiting) >= _PIPELINED or self._waiting_bytes > _PIPELINED_BYTES

    def _may_start(self) -> bool:
        # What is answered at once could keep the loop for as long as there are requests.
        return not self._blocked and self._started < _PIPELINED

    def _start(self, request: HttpRequest) -> None:
        self._current = request
        self._started += 1
        if request.refused:
            self._shared.refused.inc()
            self._answer(request.refused, b'{"error":"%b"}' % request.refused.phrase.encode())
            return
        try:
            self._application(request.method, request.target, request.body, self._answer)
        except Exception:
            _LOG.exception("a request failed")
            if self._current is request:
                self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, b"")

    def _answer(self, status: int, content: bytes, headers: bytes = JSON_HEADER) -> None:
        """Send the answer to the current request, and go on with the next."""
        request, self._current = self._current, None
        transport = self._transport
        if request is None or transport.is_closing():
            return
        last = self.over and not self._waiting
        # In a drain, too, what has come whole is answered.
        draining = self._application.draining and not self._waiting
        close = last or draining or not request.keep
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
        else:
            self._keep_word()

    def _start_waiting(self) -> None:
        if self._starting:
            return
        # A loop, since an answer may be given at once: recursion would end at some depth.
        self._starting, self._started = True, 0
        while self._waiting and self._current is None and self._may_start():
            request = self._waiting.popleft()
            self._waiting_bytes -= len(request.body)
            self._start(request)
        self._starting = False
        if self._waiting and self._current is None and not self._blocked:
            self._loop.call_soon(self._start_waiting)
        if not self._blocked and not self._full:
            self._resume()
        self._keep_word()

    def _keep_word(self) -> None:
        if self._owes_word and self.receiving and self._current is None and not self._waiting:
            self._owes_word = False
            self._transport.write(_CONTINUE)

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
        unread = transport.get_write_buffer_size()
        if unread != self._unread:
            self._unread, self._unread_since = unread, now
        elif unread and now - self._unread_since > _UNREAD_S:
            transport.abort()
            return
        if self._current is not None or unread:
            # The client is not waited for.
            self._since = now
        elif self.over:
            if now - self._since > _LINGER_S:
                transport.abort()
        elif self.receiving:
            if now - self._since > self._shared.request_s:
                self.refuse(HTTPStatus.REQUEST_TIMEOUT)
        elif now - self._since > KEEP_ALIVE_S + 1:
            transport.close()

    def end(self) -> None:
        """The server stops: close, unless a request has begun; its answer closes."""
        if not (self._current or self._waiting or (self.receiving and not self.over)):
            self._transport.close()

    def abort(self) -> None:
        """Close at once, whatever is going on."""
        self._transport.abort()

    def _close(self) -> None:
        """Say that no more comes, and throw away what still does until the client closes."""
        self.over = True
        self._waiting.clear()
        self._waiting_bytes = 0
        self._resume()
        if not self._transport.is_closing():
            self._transport.write_eof()

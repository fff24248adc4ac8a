"""uvicorn's HTTP/1.1 connection with limits for clients that mean harm, or are broken."""

from typing import Any

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_BYTES = 32 * 1024
# Seldon's executor keeps idle connections for 90 s; the server must not be the first to close.
KEEP_ALIVE_S = 120
# How long a client may leave an answer that it doesn't read.
_UNREAD_S = 30.0


class Connection(HttpToolsProtocol):
    """One client's connection.

    A request's header may have 32 KiB, the whole request may take ``request_s``. uvicorn sees to
    pipelined requests (one at a time), to garbage (400) and to connections that are idle after an
    answer; this class to the rest, when the server calls :meth:`look`.

    Attributes:
        refused: counts what was not HTTP, too large or too slow.
        request_s: how long a client may take to send a request, in seconds.
    """

    refused: Counter
    request_s: float

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._idle_since = self.loop.time()
        # When the request began that has not come whole yet.
        self._since: float | None = None
        self._in_header = False
        self._header_bytes = 0
        self._large = False
        self._unread_since: float | None = None

    def data_received(self, data: bytes) -> None:
        if self._in_header or len(data) > HEADER_BYTES:
            self._header_bytes += len(data)
            self._large = self._header_bytes > HEADER_BYTES
        super().data_received(data)
        if self._in_header and self._header_bytes > HEADER_BYTES:
            self._refuse(431, b"Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._since = self.loop.time()
        self._in_header, self._header_bytes = True, 0

    def on_headers_complete(self) -> None:
        self._in_header = False
        if self._large:
            self._large = False
            if sum(len(n) + len(v) for n, v in self.headers) + len(self.url) > HEADER_BYTES:
                self._refuse(431, b"Request Header Fields Too Large")
        if not self.transport.is_closing():
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self.cycle is not None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._since = None
        if self.cycle is not None:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            self.refused.inc()
            super().send_400_response(msg)

    def look(self) -> None:
        """Close the connection if its client takes too long; called about once a second."""
        now = self.loop.time()
        if self._since is not None:
            if now - self._since > self.request_s:
                self._refuse(408, b"Request Timeout")
        elif self._is_idle() and now - self._idle_since > KEEP_ALIVE_S:
            self.transport.close()
        if self.transport.get_write_buffer_size() == 0:
            self._unread_since = None
        elif self._unread_since is None:
            self._unread_since = now
        elif now - self._unread_since > _UNREAD_S:
            self.transport.abort()

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _refuse(self, status: int, phrase: bytes) -> None:
        if self.transport.is_closing():
            return
        self.refused.inc()
        if self._is_idle() or not self.cycle.response_started:
            self.transport.write(
                b"HTTP/1.1 %d %b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                % (status, phrase)
            )
        if self.cycle is not None and not self.cycle.response_complete:
            # The application waits for the rest of the body, which won't come.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

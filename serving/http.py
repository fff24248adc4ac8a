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
        self._header_bytes = 0
        # What the last look saw going on, and since when: a request that comes in, or nothing.
        self._seen: tuple[object, bool] = (None, False)
        self._seen_since = self.loop.time()
        self._unread_since: float | None = None

    def data_received(self, data: bytes) -> None:
        # Bytes of a header that is not complete; one that came in one piece is measured below.
        in_header = self.scope is not None and not self._is_current()
        self._header_bytes = self._header_bytes + len(data) if in_header else len(data)
        super().data_received(data)
        if self._header_bytes > HEADER_BYTES and self.scope is not None:
            known = sum(len(name) + len(value) for name, value in self.headers) + len(self.url)
            if known > HEADER_BYTES or not self._is_current():
                self._refuse(431, b"Request Header Fields Too Large")

    def _is_current(self) -> bool:
        """Whether the newest request's header has come whole."""
        return self.cycle is not None and self.cycle.scope is self.scope

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            self.refused.inc()
            super().send_400_response(msg)

    def look(self) -> None:
        """Close the connection if its client takes too long; called about once a second."""
        now = self.loop.time()
        incomplete = self.scope is not None and (not self._is_current() or self.cycle.more_body)
        # A request has a scope of its own; while its answer is made the client is not waited for.
        busy = not incomplete and not self._is_idle()
        scope, was_incomplete = self._seen
        if busy or scope is not self.scope or was_incomplete != incomplete:
            self._seen, self._seen_since = (self.scope, incomplete), now
        elif incomplete and now - self._seen_since > self.request_s:
            self._refuse(408, b"Request Timeout")
        elif not incomplete and now - self._seen_since > KEEP_ALIVE_S + 1:
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

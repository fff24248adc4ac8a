"""One client's HTTP/1.1 connection: requests are answered one at a time, in order.

A general-purpose server would spend as much time between socket and application as the application
needs for a whole prediction: see docs/adr/0012-own-http.md.
"""

import asyncio
import logging
from http import HTTPStatus

from homestead.serving.http.application import JSON_HEADER
from homestead.serving.http.connection_state import IDLE, INPUT_ENDED, LINGERING, RECEIVING
from homestead.serving.http.endpoint import Endpoint
from homestead.serving.http.limits import ConnectionAge
from homestead.serving.http.parser import RequestParser
from homestead.serving.http.request import MAX_QUEUED_REQUESTS, HttpRequest, RequestQueue
from homestead.serving.http.responses import (
    CLOSE_HEADER,
    CONTINUE_RESPONSE,
    KEEP_ALIVE_HEADER,
    error_content,
    response_head,
)

_LOG = logging.getLogger(__name__)
# Requests that come in one such piece are answered before they are worth counting.
_PIECE_BYTES = 64 * 1024


class Connection(RequestParser, asyncio.Protocol):
    """Requests and responses of one client; :class:`ConnectionState` names the steps of its life.

    Less than 30 attributes, its bases' and subclass's included: CPython is slower beyond.
    """

    _transport: asyncio.Transport

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint.limits.max_body_bytes)
        self._endpoint = endpoint
        self._loop = asyncio.get_running_loop()
        # The request that is being answered, and those behind it.
        self._current: HttpRequest | None = None
        self._queue = RequestQueue()
        self._started_this_turn = 0
        self._is_starting_queued = self._is_continue_pending = False
        self._is_write_buffer_full = self._is_reading_paused = False
        self._waiting_for_client_since = now = self._loop.time()
        self._held_bytes = 0
        self._age = ConnectionAge(endpoint.limits, now)

    # Callbacks of the transport.

    def eof_received(self) -> bool:
        """Keep the connection while complete requests are unanswered: the client may half-close."""
        if self.state is IDLE or self.state is RECEIVING:
            self.state = INPUT_ENDED
        self._client.leave()
        return self._current is not None or bool(self._queue)

    def pause_writing(self) -> None:
        """Stop reading too: the client does not read its responses fast enough."""
        self._is_write_buffer_full = True
        self._pause_reading()

    def resume_writing(self) -> None:
        """Go on with the queued requests."""
        self._is_write_buffer_full = False
        self._start_queued()

    def data_received(self, data: bytes) -> None:
        """Parse bytes and start the requests in them, unless the connection reads no more."""
        if self.state is not IDLE and self.state is not RECEIVING:
            return
        self._started_this_turn = 0
        self.feed(data)
        if self._queue and self._current is None:
            self._loop.call_soon(self._start_queued)
        if self.state is RECEIVING or self._held_bytes or self._queue or len(data) > _PIECE_BYTES:
            self._account()

    # Callbacks of the parser.

    def request_started(self) -> None:
        """Start the clock for the time that a request may take."""
        self._is_continue_pending = False
        self._waiting_for_client_since = self._loop.time()

    def continue_expected(self) -> None:
        """Send 100 Continue, after the responses to earlier requests."""
        self._is_continue_pending = True
        self._send_pending_continue()

    def request_received(self, request: HttpRequest) -> None:
        """Start a request, or queue it behind others."""
        if self._current is None and not self._queue and self._may_start():
            self._start(request)
            return
        # The client may have sent more already, which would be lost if its connection retired.
        self._age.keep_forever()
        self._queue.append(request)
        if self._queue.is_full:
            self._pause_reading()

    # Requests and responses.

    def _may_start(self) -> bool:
        # Requests that are answered immediately could occupy the event loop without limit.
        return not self._is_write_buffer_full and self._started_this_turn < MAX_QUEUED_REQUESTS

    def _start(self, request: HttpRequest) -> None:
        self._current = request
        self._started_this_turn += 1
        if request.rejection:
            self._endpoint.count_rejection()
            status, _, message, headers = request.rejection
            self._respond(status, error_content(message), JSON_HEADER + headers)
            return
        try:
            self._endpoint.application(request, self._respond)
        except Exception:
            _LOG.exception("unhandled error in a request")
            if self._current is request:
                self._respond(HTTPStatus.INTERNAL_SERVER_ERROR, b"")

    def _respond(self, status: int, content: bytes, headers: bytes = JSON_HEADER) -> None:
        """Send the response to the current request and go on with the next one."""
        request, self._current = self._current, None
        transport = self._transport
        if request is None:
            return
        self._endpoint.application.count_response(request, status)
        self._client.callback = None
        if self._held_bytes:
            self._account()
        if transport.is_closing():
            return
        if request.body_error is not None:
            headers += request.body_error.headers
        self._age.responses_left -= 1
        # A drain answers complete requests before it closes.
        is_last = not self._queue and (
            self.state is INPUT_ENDED
            or self._endpoint.application.draining
            or (self._age.responses_left < 1 and self.state is IDLE and not self.is_parsing)
        )
        must_close = is_last or not request.keep_alive
        if must_close:
            headers += CLOSE_HEADER
        elif request.is_http_1_0:
            headers += KEEP_ALIVE_HEADER
        head = response_head(status, self._endpoint.date_header, headers, len(content))
        transport.write(head if request.method == b"HEAD" else head + content)
        self._waiting_for_client_since = self._loop.time()
        if must_close:
            self._linger()
        elif self._queue or self._is_reading_paused:
            self._start_queued()
        elif self._is_continue_pending:
            self._send_pending_continue()

    def _start_queued(self) -> None:
        if self._is_starting_queued:
            return
        # A loop rather than recursion: requests may be answered immediately.
        self._is_starting_queued, self._started_this_turn = True, 0
        while self._queue and self._current is None and self._may_start():
            self._start(self._queue.popleft())
        self._is_starting_queued = False
        if not self._is_write_buffer_full:
            if self._queue and self._current is None:
                self._loop.call_soon(self._start_queued)
            self._account()
            if not self._queue.is_full and not (self._queue and self._endpoint.is_memory_full):
                self._resume_reading()
        self._send_pending_continue()

    def _send_pending_continue(self) -> None:
        is_due = self.state is RECEIVING and self._current is None and not self._queue
        if self._is_continue_pending and is_due:
            self._is_continue_pending = False
            self._transport.write(CONTINUE_RESPONSE)

    def _pause_reading(self) -> None:
        if not self._is_reading_paused and not self._transport.is_closing():
            self._is_reading_paused = True
            self._transport.pause_reading()

    def _resume_reading(self) -> None:
        if self._is_reading_paused and not self._transport.is_closing():
            self._is_reading_paused = False
            self._transport.resume_reading()

    # Memory.

    def _account(self) -> None:
        """Tell the endpoint how much memory the requests of this connection hold."""
        held_bytes = self.unfinished_bytes + self._queue.held_bytes
        if self._current is not None:
            held_bytes += len(self._current.body)
        difference, self._held_bytes = held_bytes - self._held_bytes, held_bytes
        self._endpoint.change_held_bytes(difference, self._loop.time())
        if self._queue and self._endpoint.is_memory_full:
            self._pause_reading()

    def _linger(self) -> None:
        """Send no more, and discard what still arrives until the client closes."""
        self.state = LINGERING
        self._queue.clear()
        self._resume_reading()
        if not self._transport.is_closing():
            self._transport.write_eof()

"""A connection with its beginning and its end: timeouts, and giving way to others."""

import asyncio
from http import HTTPStatus
from typing import cast

from homestead.serving.http import limits
from homestead.serving.http.connection import Connection
from homestead.serving.http.connection_state import CLOSED, IDLE, RECEIVING
from homestead.serving.http.endpoint import Endpoint
from homestead.serving.http.request import Rejection

_TIMEOUT = Rejection(HTTPStatus.REQUEST_TIMEOUT, "time", "the request took too long to arrive")
_MEMORY_FULL = Rejection(
    HTTPStatus.SERVICE_UNAVAILABLE, "memory", "too many large requests are arriving; try again"
)
_TOO_MANY_CONNECTIONS = Rejection(
    HTTPStatus.SERVICE_UNAVAILABLE, "connections", "too many connections; try again"
)


class ClientConnection(Connection):
    """One client's connection.

    Implements :class:`homestead.serving.http.endpoint.OpenConnection`.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._unread = limits.UnreadResponses()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection, unless there are too many."""
        self._transport = cast(asyncio.Transport, transport)
        if not self._endpoint.admit(self, self._waiting_for_client_since):
            self.reject(_TOO_MANY_CONNECTIONS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop everything but the request that is being answered."""
        self._endpoint.remove(self)
        self.state = CLOSED
        self._queue.clear()
        self.release()
        self._account()
        self._client.leave()

    @property
    def idle_since(self) -> float | None:
        """When its last request was answered, in the event loop's time; None during a request."""
        is_idle = self.state is IDLE and self._current is None and not self._queue
        return self._waiting_for_client_since if is_idle else None

    def occupancy(self, now: float) -> float:
        """Return how much memory an unfinished request holds, times how long, in byte seconds."""
        # Requests that have just begun compare by their size.
        return self.unfinished_bytes * (now - self._waiting_for_client_since + 0.001)

    def shed(self) -> None:
        """Give up the unfinished request, with a 503."""
        self.reject(_MEMORY_FULL)
        self._account()

    def close_if_late(self, now: float) -> None:
        """Close the connection if its client takes too long.

        Args:
            now: the event loop's time in seconds.
        """
        transport = self._transport
        self._age.update(now)
        waited_s = now - self._waiting_for_client_since
        unread_bytes = transport.get_write_buffer_size()
        if self._unread.are_stalled(unread_bytes, now):
            transport.abort()
        elif self._current is not None or unread_bytes:
            # The client waits for the server, or still reads.
            self._waiting_for_client_since = now
        elif self.state is RECEIVING:
            if waited_s > self._endpoint.limits.request_timeout_s:
                self.reject(_TIMEOUT)
        elif self.state is IDLE:
            if waited_s > limits.KEEP_ALIVE_S + 1:
                transport.close()
        elif waited_s > limits.LINGER_S:
            transport.abort()

    def close_unless_busy(self) -> None:
        """Close the connection unless a request has begun; the response to that will close it."""
        if self._current is None and not self._queue and self.state is not RECEIVING:
            self._transport.close()

    def abort(self) -> None:
        """Close the connection at once, whatever is in progress."""
        self._transport.abort()

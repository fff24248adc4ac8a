"""Limits of a connection: timeouts for clients that are slow or gone, and its age."""

import math
import random
from typing import NamedTuple

# Seldon's executor keeps idle connections for 90 s; the server must not be the first to close.
KEEP_ALIVE_S = 120
# How long a client may leave responses unread without reading any of them.
UNREAD_S = 30
# How long incoming bytes are discarded after the last response: closing with unread input makes
# the kernel send a reset, which could overtake the response.
LINGER_S = 2


class ConnectionLimits(NamedTuple):
    """Limits of each connection that an operator sets.

    Attributes:
        request_timeout_s: how long a client may take to send one request.
        max_body_bytes: size beyond which no more of a body is read; the application refuses it.
        max_age_s: after this time, or half of it, a response asks the client to reconnect, so that
            it reaches servers that have been added since; 0 for no limit.
        max_requests: the same by the number of requests.
    """

    request_timeout_s: float
    max_body_bytes: int
    max_age_s: float = 0
    max_requests: int = 0


class EndpointLimits(NamedTuple):
    """Limits of the sum of an endpoint's connections.

    Attributes:
        max_connections: open at once; beyond it an idle one is closed, or the new one is refused.
        max_held_bytes: of requests that have not been answered, as far as they came in pieces.
    """

    max_connections: int = 4096
    max_held_bytes: int = 64 * 1024 * 1024


def draw_limit(longest: float) -> float:
    """Return a limit for one connection: between half and all of the longest; infinity for 0.

    Connections that were opened at once, after a restart, are so not closed at once.
    """
    return random.uniform(0.5, 1.0) * longest if longest else math.inf  # noqa: S311


class ConnectionAge:
    """When a connection should close, so that its client reaches another server.

    Attributes:
        responses_left: number of responses before that; less than 1 if it is due.
    """

    def __init__(self, limits: ConnectionLimits, now: float) -> None:
        self.responses_left = draw_limit(limits.max_requests)
        self._ends_at = now + draw_limit(limits.max_age_s)

    def update(self, now: float) -> None:
        """Compare with the event loop's time in seconds."""
        if now > self._ends_at:
            self.responses_left = 0

    def keep_forever(self) -> None:
        """Never close: the client sends requests ahead, which would be lost."""
        self.responses_left = self._ends_at = math.inf


class UnreadResponses:
    """Detects a client that has stopped reading its responses."""

    def __init__(self) -> None:
        self._unread_bytes = 0
        self._unchanged_since = 0.0

    def are_stalled(self, unread_bytes: int, now: float) -> bool:
        """Whether the same number of bytes has been unread for too long.

        Args:
            unread_bytes: size of the transport's write buffer.
            now: the event loop's time in seconds.
        """
        if unread_bytes != self._unread_bytes:
            self._unread_bytes, self._unchanged_since = unread_bytes, now
            return False
        return unread_bytes > 0 and now - self._unchanged_since > UNREAD_S

"""What the connections of a listening socket share: an application, and bounds on their sum."""

from collections import deque
from collections.abc import Callable
from email.utils import formatdate
from operator import itemgetter
from typing import Protocol

from homestead.serving.http.application import Application
from homestead.serving.http.limits import ConnectionLimits, EndpointLimits

_BACKLOG = 2048
_DEFAULT_BOUNDS = EndpointLimits()
# How many connections beyond the bound may wait until their client has read the refusal.
_MAX_REFUSED = 32
# How often idle connections are searched for one to close in favour of a new one.
_SEARCH_S = 0.1


class OpenConnection(Protocol):
    """A connection as its endpoint and server see it."""

    @property
    def idle_since(self) -> float | None:
        """When its last request was answered, in the event loop's time; None during a request."""

    def occupancy(self, now: float) -> float:
        """Return how much memory an unfinished request holds, times how long, in byte seconds."""

    def shed(self) -> None:
        """Give up the unfinished request, with a 503."""

    def close_if_late(self, now: float) -> None:
        """Close the connection if its client takes too long.

        Args:
            now: the event loop's time in seconds.
        """

    def close_unless_busy(self) -> None:
        """Close the connection unless a request has begun; the response to that will close it."""

    def abort(self) -> None:
        """Close the connection at once, whatever is in progress."""


class Endpoint:
    """An application, and the connections of the socket on which it is served.

    Attributes:
        count_rejection: called for each request that was not HTTP, too large or too slow.
        limits: of each connection.
        connections: the open connections.
        date_header: header line with the current second.
        backlog: how many connections the kernel may hold until they are accepted.
    """

    def __init__(
        self,
        application: Application,
        count_rejection: Callable[[], None],
        limits: ConnectionLimits,
        bounds: EndpointLimits = _DEFAULT_BOUNDS,
    ) -> None:
        self.application = application
        self.count_rejection = count_rejection
        self.limits = limits
        self.connections: set[OpenConnection] = set()
        self.date_header = b""
        self.backlog = min(_BACKLOG, bounds.max_connections)
        self._bounds = bounds
        self._refused: set[OpenConnection] = set()
        self._held_bytes = 0
        self._idle: deque[tuple[float, OpenConnection]] = deque()
        self._searched_at = 0.0

    # Memory.

    @property
    def is_memory_full(self) -> bool:
        """Whether requests hold more memory than they may."""
        return self._held_bytes > self._bounds.max_held_bytes

    def change_held_bytes(self, difference: int, now: float) -> None:
        """Account for memory that requests begin or cease to hold.

        Above the bound, those unfinished requests give way that have held the most for the longest:
        a client that sends slowly cannot keep others out.
        """
        self._held_bytes += difference
        while difference > 0 and self.is_memory_full:
            victim = max(self.connections, key=lambda c: c.occupancy(now), default=None)
            if victim is None or not victim.occupancy(now):
                return
            victim.shed()

    # Connections.

    def admit(self, connection: OpenConnection, now: float) -> bool:
        """Add a connection; at the bound, close the one that has been idle for longest.

        Returns:
            Whether its requests may be answered. If not, it may be told so, unless it is closed.
        """
        admitted = len(self.connections) - len(self._refused)
        is_admitted = admitted < self._bounds.max_connections or self._close_idle(now)
        if not is_admitted:
            if len(self._refused) >= _MAX_REFUSED:
                connection.abort()
                return False
            self._refused.add(connection)
        self.connections.add(connection)
        return is_admitted

    def remove(self, connection: OpenConnection) -> None:
        """Forget a connection that is closed."""
        self.connections.discard(connection)
        self._refused.discard(connection)

    def _close_idle(self, now: float) -> bool:
        """Close a connection that is idle; return whether there was one."""
        if not self._idle and now - self._searched_at > _SEARCH_S:
            self._searched_at = now
            idle = [(c.idle_since, c) for c in self.connections if c.idle_since is not None]
            self._idle.extend(sorted(idle, key=itemgetter(0)))
        while self._idle:
            since, connection = self._idle.popleft()
            # It may have been used or closed since the search.
            if connection.idle_since == since:
                self.remove(connection)
                connection.abort()
                return True
        return False

    def tick(self, now: float) -> None:
        """Close the connections whose clients take too long; called each second."""
        self.date_header = f"date: {formatdate(usegmt=True)}\r\n".encode()
        for connection in list(self.connections):
            connection.close_if_late(now)

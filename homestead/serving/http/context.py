"""What all connections of a listening socket share."""

from collections.abc import Callable
from typing import Protocol

from homestead.serving.http.application import Application
from homestead.serving.http.limits import ConnectionLimits


class OpenConnection(Protocol):
    """A connection as its server sees it."""

    def close_if_late(self, now: float) -> None:
        """Close the connection if its client takes too long.

        Args:
            now: the event loop's time in seconds.
        """

    def close_unless_busy(self) -> None:
        """Close the connection unless a request has begun; the response to that will close it."""

    def abort(self) -> None:
        """Close the connection at once, whatever is in progress."""


class ConnectionContext(Protocol):
    """What all connections of a listening socket share.

    Attributes:
        count_rejection: called for each request that was not HTTP, too large or too slow.
        limits: of each connection.
        connections: the open connections.
        date_header: header line with the current second.
    """

    application: Application
    count_rejection: Callable[[], None]
    limits: ConnectionLimits
    connections: set[OpenConnection]
    date_header: bytes

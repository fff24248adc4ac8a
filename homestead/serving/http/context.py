"""What all connections of a server share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from homestead.serving.http.application import Application
from homestead.serving.http.limits import ConnectionLimits

if TYPE_CHECKING:
    from homestead.serving.http.connection import Connection


class ConnectionContext(Protocol):
    """What all connections of a server share.

    Attributes:
        count_rejection: called for each request that was not HTTP, too large or too slow.
        limits: of each connection.
        connections: the open connections.
        date_header: header line with the current second.
    """

    application: Application
    count_rejection: Callable[[], None]
    limits: ConnectionLimits
    connections: set["Connection"]
    date_header: bytes

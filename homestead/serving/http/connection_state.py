"""Life cycle of a connection."""

from enum import Enum, auto
from typing import Final


class ConnectionState(Enum):
    """What a connection does with the bytes that its client sends.

    IDLE and RECEIVING alternate; every other step is final: a connection never goes back from
    INPUT_ENDED to IDLE. Whether a response is pending is independent of it, since clients may
    pipeline requests.
    """

    IDLE = auto()
    """Between requests: the client may send the next one."""
    RECEIVING = auto()
    """A request has begun to arrive."""
    INPUT_ENDED = auto()
    """No more requests are read; those that arrived are still answered."""
    LINGERING = auto()
    """The last response is sent; bytes that still arrive are discarded."""
    CLOSED = auto()
    """The transport is gone."""


# Reading a global is several times faster than reading a member from an enumeration's class, and
# each request does it several times.
IDLE: Final = ConnectionState.IDLE
RECEIVING: Final = ConnectionState.RECEIVING
INPUT_ENDED: Final = ConnectionState.INPUT_ENDED
LINGERING: Final = ConnectionState.LINGERING
CLOSED: Final = ConnectionState.CLOSED

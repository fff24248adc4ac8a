"""HTTP requests as the application gets them, and the presence of their client."""

from collections import deque
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple

import msgspec

# What one connection may queue before reading from it pauses.
MAX_QUEUED_REQUESTS = 100
_MAX_QUEUED_BYTES = 64 * 1024
# What Python adds to the characters of a header line.
_HEADER_OVERHEAD_BYTES = 130


class Client:
    """The client at the other end of a connection.

    Heavy work asks :attr:`is_gone` before it begins and :meth:`when_gone` while it waits or runs.
    It responds in any case: a client that has only ended its own side still reads.

    Attributes:
        callback: called once the client is gone; see :meth:`when_gone`.
        is_gone: the client has closed its connection, or its side of it. A client that half-closes
            looks the same; work that is quick should answer it.
    """

    __slots__ = ("callback", "is_gone")

    def __init__(self) -> None:
        self.is_gone = False
        self.callback: Callable[[], None] | None = None

    def when_gone(self, callback: Callable[[], None]) -> None:
        """Call a function once the client is gone, at once if it is.

        It replaces an earlier one, and is forgotten with the response to the current request.
        """
        if self.is_gone:
            callback()
        else:
            self.callback = callback

    def leave(self) -> None:
        """Mark the client as gone; called by the connection."""
        self.is_gone = True
        callback, self.callback = self.callback, None
        if callback is not None:
            callback()


class Rejection(NamedTuple):
    """Why a request, or its body, can't be read.

    Attributes:
        reason: a short word for metrics.
        message: for the client.
        headers: complete header lines that belong to the response.
    """

    status: HTTPStatus
    reason: str
    message: str
    headers: bytes = b""


class HttpRequest(msgspec.Struct, frozen=True):
    """One request.

    Attributes:
        body: decoded; empty if there is a ``body_error``.
        client: of the request's connection.
        header_lines: names as the client wrote them, and values; see :meth:`header`. A line
            Idempotency-Key is the first.
        keep_alive: the client wants to reuse the connection.
        is_http_1_0: the client speaks HTTP/1.0, which closes unless told otherwise.
        body_error: to be answered, in the protocol's form, by what would have read the body. The
            connection adds its headers.
        rejection: what the connection itself responds with if this is no valid request.
    """

    method: bytes
    target: bytes
    body: bytes
    client: Client
    header_lines: Sequence[tuple[bytes, bytes]] = ()
    keep_alive: bool = True
    is_http_1_0: bool = False
    body_error: Rejection | None = None
    rejection: Rejection | None = None

    @property
    def idempotency_key(self) -> bytes | None:
        """The header Idempotency-Key: names the request, so that it can be sent again."""
        lines = self.header_lines
        # Comparing lengths is cheap.
        if lines and len(lines[0][0]) == 15 and lines[0][0].lower() == b"idempotency-key":
            return lines[0][1]
        return None

    def header(self, name: bytes) -> bytes | None:
        """Return a header's value, or None without it.

        Args:
            name: in lower case. Values of several lines with this name are joined by commas.
        """
        values = [value for key, value in self.header_lines if key.lower() == name]
        return b", ".join(values) if values else None


class RequestQueue(deque[HttpRequest]):
    """Requests of one connection that wait for the responses to earlier ones.

    Attributes:
        held_bytes: approximate size of their bodies and headers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.held_bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether no more should be read from the connection."""
        return len(self) >= MAX_QUEUED_REQUESTS or self.held_bytes > _MAX_QUEUED_BYTES

    def append(self, request: HttpRequest) -> None:
        """Add a request."""
        super().append(request)
        self.held_bytes += _size(request)

    def popleft(self) -> HttpRequest:
        """Remove and return the request that came first."""
        request = super().popleft()
        self.held_bytes -= _size(request)
        return request

    def clear(self) -> None:
        """Remove all requests."""
        super().clear()
        self.held_bytes = 0


def _size(request: HttpRequest) -> int:
    headers = sum(len(name) + len(value) for name, value in request.header_lines)
    objects = _HEADER_OVERHEAD_BYTES * len(request.header_lines)
    return len(request.target) + headers + objects + len(request.body)

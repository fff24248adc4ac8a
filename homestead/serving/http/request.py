"""One HTTP request, as the application gets it, and the presence of its client."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import NamedTuple


class Client:
    """The client at the other end of a connection.

    Heavy work asks :attr:`is_gone` before it begins and :meth:`when_gone` while it waits or runs.
    It responds in any case: a client that has only ended its own side still reads.

    Attributes:
        is_gone: the client has closed its connection, or its side of it. A client that half-closes
            looks the same; work that is quick should answer it.
    """

    __slots__ = ("_callback", "is_gone")

    def __init__(self) -> None:
        self.is_gone = False
        self._callback: Callable[[], None] | None = None

    def when_gone(self, callback: Callable[[], None]) -> None:
        """Call a function once the client is gone, at once if it is.

        It replaces an earlier one, and is forgotten with the response to the current request.
        """
        if self.is_gone:
            callback()
        else:
            self._callback = callback

    def forget_callback(self) -> None:
        """Call nothing: the request has its response."""
        self._callback = None

    def leave(self) -> None:
        """Mark the client as gone; called by the connection."""
        self.is_gone = True
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()


class BodyError(NamedTuple):
    """Why a request's body was not read, or can't be used.

    Attributes:
        reason: a short word for metrics.
        message: for the client.
        headers: complete header lines that belong to the response.
    """

    status: HTTPStatus
    reason: str
    message: str
    headers: bytes = b""


class HttpRequest(NamedTuple):
    """One request.

    Attributes:
        body: decoded; empty if there is a ``body_error``.
        client: of the request's connection.
        header_lines: names as the client wrote them, and values; see :meth:`header`.
        keep_alive: the client wants to reuse the connection.
        is_http_1_0: the client speaks HTTP/1.0, which closes unless told otherwise.
        body_error: to be answered, in the protocol's form, by what would have read the body.
        rejection: status to respond with if this is no valid request, else None.
    """

    method: bytes
    target: bytes
    body: bytes
    client: Client
    header_lines: Sequence[tuple[bytes, bytes]] = ()
    keep_alive: bool = True
    is_http_1_0: bool = False
    body_error: BodyError | None = None
    rejection: HTTPStatus | None = None

    def header(self, name: bytes) -> bytes | None:
        """Return a header's value, or None without it.

        Args:
            name: in lower case. Values of several lines with this name are joined by commas.
        """
        values = [value for key, value in self.header_lines if key.lower() == name]
        return b", ".join(values) if values else None

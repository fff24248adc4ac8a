"""Queue of pipelined requests."""

from collections import deque

from homestead.serving.http.request import HttpRequest

# What one connection may queue before reading from it pauses.
MAX_QUEUED_REQUESTS = 100
_MAX_QUEUED_BYTES = 64 * 1024
# What Python adds to the characters of a header line.
_HEADER_OVERHEAD_BYTES = 130


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

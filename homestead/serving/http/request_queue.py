"""Queue of pipelined requests."""

from collections import deque

from homestead.serving.http.parser import HttpRequest

# What one connection may queue before reading from it pauses.
MAX_QUEUED_REQUESTS = 100
_MAX_QUEUED_BYTES = 64 * 1024


class RequestQueue(deque[HttpRequest]):
    """Requests of one connection that wait for the responses to earlier ones.

    Attributes:
        body_bytes: total size of their bodies.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body_bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether no more should be read from the connection."""
        return len(self) >= MAX_QUEUED_REQUESTS or self.body_bytes > _MAX_QUEUED_BYTES

    def append(self, request: HttpRequest) -> None:
        """Add a request."""
        super().append(request)
        self.body_bytes += len(request.body)

    def popleft(self) -> HttpRequest:
        """Remove and return the request that came first."""
        request = super().popleft()
        self.body_bytes -= len(request.body)
        return request

    def clear(self) -> None:
        """Remove all requests."""
        super().clear()
        self.body_bytes = 0

"""Interface between the HTTP server and the application that answers its requests."""

from typing import Protocol

from homestead.serving.http.request import HttpRequest

JSON_HEADER = b"content-type: application/json\r\n"


class Responder(Protocol):
    """Sends the response to one request. Called once, at once or later."""

    def __call__(self, status: int, content: bytes, headers: bytes = JSON_HEADER) -> None:
        """Respond with a status, content and complete header lines."""


class Application(Protocol):
    """Answers requests.

    Attributes:
        draining: the server is about to stop; each response asks its client to reconnect.
    """

    draining: bool

    def __call__(self, request: HttpRequest, respond: Responder) -> None:
        """Handle a request."""

    def count_response(self, request: HttpRequest, status: int) -> None:
        """Count the response to a request, also to one that was rejected before."""

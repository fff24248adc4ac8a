"""A response of the page's server, and the headers that all have."""

from collections.abc import Iterator
from dataclasses import dataclass

TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
# No style and no script but our own files, and nothing from elsewhere.
OWN_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Response:
    """Status, content and what the content may do.

    Attributes:
        policy: value of the header Content-Security-Policy.
        allow: methods, for a response that refuses another.
    """

    status: int
    content: bytes
    content_type: str = TEXT
    policy: str = OWN_POLICY
    allow: str = ""

    def headers(self) -> Iterator[tuple[str, str]]:
        """Yield names and values."""
        yield "Content-Type", self.content_type
        yield "Content-Length", str(len(self.content))
        yield "Content-Security-Policy", self.policy
        yield "X-Content-Type-Options", "nosniff"
        yield "X-Frame-Options", "DENY"
        yield "Referrer-Policy", "no-referrer"
        yield "Cross-Origin-Resource-Policy", "same-origin"
        yield "Cache-Control", "no-store"
        if self.allow:
            yield "Allow", self.allow


def not_found(text: str = "there is nothing at this address") -> Response:
    """Return the response for an address that leads nowhere."""
    return Response(404, text.encode())

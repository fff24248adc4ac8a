"""Cross-origin requests of browsers (CORS), for the origins that an operator allows."""

from homestead.serving.http.application import JSON_HEADER, Application, Responder
from homestead.serving.http.request import HttpRequest

_ANY = b"*"
_VARY = b"vary: origin\r\n"
_EXPOSED = b"access-control-expose-headers: allow, retry-after, inference-header-content-length\r\n"
_PREFLIGHT = (
    b"access-control-allow-methods: GET, HEAD, POST\r\n"
    b"access-control-max-age: 600\r\n"
    b"access-control-allow-headers: "
)


class CorsApplication:
    """Lets the pages of some origins read an application's responses, errors included.

    Implements :class:`homestead.serving.http.application.Application`.
    """

    def __init__(self, application: Application, origins: str) -> None:
        """Wrap an application.

        Args:
            origins: separated by commas, or ``*`` for every page.
        """
        self._application = application
        self._origins = {origin.strip().encode() for origin in origins.split(",")}
        self.count_response = application.count_response

    @property
    def draining(self) -> bool:
        """Whether the server is about to stop."""
        return self._application.draining

    @draining.setter
    def draining(self, value: bool) -> None:
        self._application.draining = value

    def __call__(self, request: HttpRequest, respond: Responder) -> None:
        """Respond to one HTTP request, now or later."""
        added = self._headers(request)

        def respond_across_origins(
            status: int, content: bytes, headers: bytes = JSON_HEADER
        ) -> None:
            respond(status, content, headers + added)

        self._application(request, respond_across_origins)

    def _headers(self, request: HttpRequest) -> bytes:
        origin = request.header(b"origin")
        is_open = _ANY in self._origins
        if origin is None or not (is_open or origin in self._origins):
            return b"" if is_open else _VARY
        headers = b"access-control-allow-origin: %b\r\n" % (_ANY if is_open else origin)
        headers += b"" if is_open else _VARY
        asked_method = request.header(b"access-control-request-method")
        if request.method == b"OPTIONS" and asked_method is not None:
            asked = request.header(b"access-control-request-headers") or b"content-type"
            return b"%b%b%b\r\n" % (headers, _PREFLIGHT, asked)
        return headers + _EXPOSED

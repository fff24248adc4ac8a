"""HTTP/1.x request parser: turns the bytes of a connection into requests and limits their size."""

from http import HTTPStatus

import httptools

from homestead.serving.http.connection_state import IDLE, INPUT_ENDED, RECEIVING, ConnectionState
from homestead.serving.http.request import BodyError, Client, HttpRequest

MAX_HEADER_BYTES = 32 * 1024
_MAX_HEADERS = 200


class RequestParser:
    """Assembles requests from the events of llhttp (httptools); a subclass handles them.

    Attributes:
        state: the connection's state; the parser sets it up to INPUT_ENDED.
        is_parsing: whether received bytes are being parsed: more requests may follow.
    """

    def __init__(self, max_body_bytes: int) -> None:
        self._max_body_bytes = max_body_bytes
        # No default in the class: CPython 3.11 reads an attribute several times faster without.
        self.state: ConnectionState = IDLE
        self.is_parsing = False
        self._client = Client()
        self._parser = httptools.HttpRequestParser(self)
        self._offers_upgrade = False
        self._expect_header = b""
        self._header_bytes = self._body_bytes = 0
        # All bytes since the piece in which the request began.
        self._received_bytes = 0
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: bytes | bytearray = b""

    def request_received(self, request: HttpRequest) -> None:
        """Handle a complete or rejected request."""
        raise NotImplementedError

    def request_started(self) -> None:
        """Handle the first byte of a request."""

    def continue_expected(self) -> None:
        """Handle a client that waits for 100 Continue before it sends the body."""

    def reject(self, status: HTTPStatus) -> None:
        """Stop reading, and hand over a request to be answered with this status."""
        if self.state is IDLE or self.state is RECEIVING:
            self.state = INPUT_ENDED
            self.request_received(
                HttpRequest(b"", b"", b"", self._client, keep_alive=False, rejection=status)
            )

    def release(self) -> None:
        """Break the reference cycle with httptools' parser once the connection is gone.

        The garbage collector would find it late, and never after ``gc.freeze``.
        """
        del self._parser
        self._headers, self._body = [], b""

    def feed(self, data: bytes) -> None:
        """Parse received bytes. Ends with the state INPUT_ENDED where they are not HTTP."""
        self._received_bytes += len(data)
        unparsed = memoryview(data)
        self.is_parsing = True
        try:
            while unparsed:
                try:
                    self._parser.feed_data(unparsed)
                    break
                except httptools.HttpParserUpgrade as upgrade:
                    unparsed = unparsed[upgrade.args[0] :]
                    self._ignore_upgrade()
        except httptools.HttpParserError:
            self.reject(HTTPStatus.BAD_REQUEST)
        self.is_parsing = False
        # Limits headers, trailers, and the overhead of chunks that hold a few bytes each.
        limit_bytes = MAX_HEADER_BYTES + 8 * self._body_bytes
        if self.state is RECEIVING and self._received_bytes > limit_bytes:
            self.reject(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _ignore_upgrade(self) -> None:
        """Parse the request again without its offer of another protocol.

        llhttp stops after the header of such a request. No other protocol is spoken here, and
        HTTP lets a server ignore the offer.
        """
        if self.state is not RECEIVING:
            return
        method, version = self._parser.get_method(), self._parser.get_http_version().encode()
        self._parser = httptools.HttpRequestParser(self)
        if method == b"CONNECT":
            self.state = INPUT_ENDED
            self.request_received(
                HttpRequest(method, self._target, b"", self._client, self._headers, False)
            )
            return
        headers = [
            b"%b: %b" % (name, value) for name, value in self._headers if name.lower() != b"upgrade"
        ]
        head = [b"%b %b HTTP/%b" % (method, self._target, version), *headers, b"", b""]
        self._parser.feed_data(b"\r\n".join(head))

    # Callbacks of httptools.

    def on_message_begin(self) -> None:
        """Reset what belongs to one request."""
        if self.state is IDLE:
            self.state = RECEIVING
            self.request_started()
        elif self.state is not RECEIVING:  # RECEIVING: fed again by _ignore_upgrade
            return
        self._offers_upgrade, self._expect_header, self._target = False, b"", b""
        # How much of the current piece belongs to the header is unknown; later pieces count.
        self._header_bytes = self._received_bytes = self._body_bytes = 0
        self._headers, self._body = [], b""

    def on_url(self, url: bytes) -> None:
        """Append a part of the target."""
        self._target += url
        self._header_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header within the limits."""
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MAX_HEADER_BYTES or len(self._headers) >= _MAX_HEADERS:
            self.reject(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        self._headers.append((name, value))
        if len(name) == 6 and name.lower() == b"expect":
            self._expect_header = value.lower()

    def on_headers_complete(self) -> None:
        """Check the size of the whole header, and whether the client waits for 100 Continue."""
        self._offers_upgrade = self._parser.should_upgrade()
        if self._header_bytes > MAX_HEADER_BYTES:  # the target alone may exceed the limit
            self.reject(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._expect_header != b"100-continue" or self._offers_upgrade:
            return
        # HTTP/1.0 has no interim responses.
        if self.state is RECEIVING and self._parser.get_http_version() != "1.0":
            self.continue_expected()

    def on_body(self, body: bytes) -> None:
        """Append a part of the body; end the request where the body is too large."""
        if self.state is not RECEIVING:
            return
        if not self._body:
            self._body = body
        else:
            # One buffer: a list of small chunks would take many times their size.
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += body
        self._body_bytes += len(body)
        if self._body_bytes > self._max_body_bytes:
            # The rest of the body is not read, so no request can follow.
            message = f"the body is larger than {self._max_body_bytes} bytes"
            self._refuse_body(BodyError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "size", message))

    def on_message_complete(self) -> None:
        """Hand over the request."""
        if self.state is RECEIVING and not self._offers_upgrade:
            self._complete(keep_alive=self._parser.should_keep_alive())

    def _refuse_body(self, error: BodyError) -> None:
        self._body = b""
        self._complete(keep_alive=False, body_error=error)

    def _complete(self, keep_alive: bool, body_error: BodyError | None = None) -> None:
        parser, headers, body = self._parser, self._headers, bytes(self._body)
        # An idle connection holds no request data.
        self._headers, self._body = [], b""
        version = parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self.reject(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
            return
        self.state = IDLE if keep_alive else INPUT_ENDED
        method, is_http_1_0 = parser.get_method(), version == "1.0"
        self.request_received(
            HttpRequest(
                method,
                self._target,
                body,
                self._client,
                headers,
                keep_alive,
                is_http_1_0,
                body_error,
            )
        )

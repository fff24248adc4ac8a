"""HTTP/1.x request parser: turns the bytes of a connection into requests and limits their size."""

import httptools

from homestead.serving.http import header_rules
from homestead.serving.http.body import RequestBody, body_too_large
from homestead.serving.http.connection_state import IDLE, INPUT_ENDED, RECEIVING, ConnectionState
from homestead.serving.http.header_rules import HEADER_TOO_LARGE, MAX_HEADER_BYTES, MAX_HEADERS
from homestead.serving.http.request import Client, HttpRequest, Rejection

# What Python adds to the characters of a header line.
_HEADER_OVERHEAD_BYTES = 130
# Lengths of the names that the parser looks at; comparing lengths is cheap.
_NAMES = (b"host", b"expect", b"content-encoding", b"transfer-encoding", b"idempotency-key")
_NAME_LENGTHS = frozenset(map(len, _NAMES))


class RequestParser:
    """Assembles requests from the events of llhttp (httptools); a subclass handles them.

    Attributes:
        state: the connection's state; the parser sets it up to INPUT_ENDED.
        is_parsing: whether received bytes are being parsed: more requests may follow.
    """

    def __init__(self, max_body_bytes: int) -> None:
        # No default in the class: CPython 3.11 reads an attribute several times faster without.
        self.state: ConnectionState = IDLE
        self.is_parsing = False
        self._client = Client()
        self._parser = httptools.HttpRequestParser(self)
        self._offers_upgrade = self._expects_continue = False
        self._host_lines, self._last_host = 0, b""
        self._max_body_bytes = max_body_bytes
        self._header_bytes = 0
        # All bytes since the piece in which the request began.
        self._received_bytes = 0
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        # A body that arrives as it is and in one piece is not assembled.
        self._body = b""
        self._assembly: RequestBody | None = None

    def request_received(self, request: HttpRequest) -> None:
        """Handle a complete or rejected request."""
        raise NotImplementedError

    def request_started(self) -> None:
        """Handle the first byte of a request."""

    def continue_expected(self) -> None:
        """Handle a client that waits for 100 Continue before it sends the body."""

    @property
    def unfinished_bytes(self) -> int:
        """Approximate size in memory of what has arrived of an unfinished request."""
        if self.state is not RECEIVING:
            return 0
        headers = self._header_bytes + _HEADER_OVERHEAD_BYTES * len(self._headers)
        return headers + len(self._body if self._assembly is None else self._assembly.content)

    def reject(self, rejection: Rejection) -> None:
        """Stop reading, and hand over a request to be answered with this status."""
        if self.state is IDLE or self.state is RECEIVING:
            self.state = INPUT_ENDED
            self._forget_request()
            self.request_received(
                HttpRequest(b"", b"", b"", self._client, keep_alive=False, rejection=rejection)
            )

    def release(self) -> None:
        """Break the reference cycle with httptools' parser once the connection is gone.

        The garbage collector would find it late, and never after ``gc.freeze``.
        """
        del self._parser
        self._forget_request()

    def _forget_request(self) -> None:
        self._headers, self._body, self._assembly = [], b"", None

    def feed(self, data: bytes) -> None:
        """Parse received bytes. Ends with the state INPUT_ENDED where they are not HTTP."""
        self._received_bytes += len(data)
        unparsed: bytes | memoryview = data
        self.is_parsing = True
        try:
            while unparsed:
                try:
                    self._parser.feed_data(unparsed)
                    break
                except httptools.HttpParserUpgrade as upgrade:
                    unparsed = memoryview(unparsed)[upgrade.args[0] :]
                    self._ignore_upgrade()
        except httptools.HttpParserError as error:
            self.reject(header_rules.bad_request(f"the request is not HTTP: {error}"))
        self.is_parsing = False
        if self.state is RECEIVING:
            # Limits headers, trailers, and the overhead of chunks that hold a few bytes each.
            body = self._assembly
            body_bytes = body.received_bytes if body is not None else len(self._body)
            if self._received_bytes > MAX_HEADER_BYTES + 8 * body_bytes:
                self.reject(HEADER_TOO_LARGE)
            else:
                self._refuse_if_too_long()

    def _refuse_if_too_long(self) -> None:
        """End the request, before its body has arrived, if that is announced to be too large."""
        if header_rules.declared_length(self._headers) > self._max_body_bytes:
            self._refuse_body(body_too_large(self._max_body_bytes))

    def _ignore_upgrade(self) -> None:
        """Parse the request again without its offer of another protocol.

        llhttp stops after the header of such a request. No other protocol is spoken here, and
        HTTP lets a server ignore the offer.
        """
        if self.state is not RECEIVING:
            return
        method, version = self._parser.get_method(), self._parser.get_http_version()
        self._parser = httptools.HttpRequestParser(self)
        headers = self._headers
        self._forget_request()
        if method == b"CONNECT":
            self.state = INPUT_ENDED
            self.request_received(
                HttpRequest(method, self._target, b"", self._client, headers, keep_alive=False)
            )
            return
        others = [line for line in headers if line[0].lower() != b"upgrade"]
        self._parser.feed_data(header_rules.encode_head(method, self._target, version, others))

    # Callbacks of httptools.

    def on_message_begin(self) -> None:
        """Reset what belongs to one request."""
        if self.state is IDLE:
            self.state = RECEIVING
            self.request_started()
        elif self.state is not RECEIVING:  # RECEIVING: fed again by _ignore_upgrade
            return
        self._offers_upgrade = self._expects_continue = False
        self._host_lines, self._target = 0, b""
        # How much of the current piece belongs to the header is unknown; later pieces count.
        self._header_bytes = self._received_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Append a part of the target."""
        self._target += url
        self._header_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header within the limits."""
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MAX_HEADER_BYTES or len(self._headers) >= MAX_HEADERS:
            self.reject(HEADER_TOO_LARGE)
            return
        self._headers.append((name, value))
        if len(name) in _NAME_LENGTHS:
            # The requests of a connection repeat their host.
            if value == self._last_host and name.lower() == b"host":
                self._host_lines += 1
            else:
                self._read_header(name.lower(), value)

    def _read_header(self, name: bytes, value: bytes) -> None:
        rejection = None
        if name == b"host":
            self._host_lines += 1
            rejection = header_rules.check_host(value)
            self._last_host = value
        elif name == b"expect":
            self._expects_continue = value.lower() == b"100-continue"
        elif name == b"transfer-encoding":
            is_http_1_0 = self._parser.get_http_version() == "1.0"
            rejection = header_rules.check_transfer_encoding(value, is_http_1_0)
        elif name == b"content-encoding":
            self._assembly = self._assembly or RequestBody(self._max_body_bytes)
            self._assembly.begin_decoding(value)
        elif name == b"idempotency-key":
            self._headers.insert(0, self._headers.pop())  # where the request looks for it
        if rejection is not None:
            self.reject(rejection)

    def on_headers_complete(self) -> None:
        """Check the header as a whole, and whether the client waits for 100 Continue."""
        self._offers_upgrade = self._parser.should_upgrade()
        if self._header_bytes > MAX_HEADER_BYTES:  # the target alone may exceed the limit
            self.reject(HEADER_TOO_LARGE)
        if self._host_lines != 1 and (self._host_lines or self._parser.get_http_version() != "1.0"):
            self.reject(header_rules.wrong_number_of_hosts(self._host_lines))
        if self._offers_upgrade or self.state is not RECEIVING:
            return
        if self._assembly is not None and self._assembly.error is not None:
            self._refuse_body(self._assembly.error)
        # HTTP/1.0 has no interim responses.
        elif self._expects_continue and self._parser.get_http_version() != "1.0":
            self._refuse_if_too_long()
            if self.state is RECEIVING:
                self.continue_expected()

    def on_body(self, piece: bytes) -> None:
        """Append a part of the body; end the request where the body can't be used."""
        if self.state is not RECEIVING:
            return
        if self._assembly is None:
            if not self._body and len(piece) <= self._max_body_bytes:
                self._body = piece
                return
            self._assembly = RequestBody(self._max_body_bytes, self._body)
        self._assembly.append(piece)
        if self._assembly.error is not None:
            self._refuse_body(self._assembly.error)

    def on_message_complete(self) -> None:
        """Hand over the request."""
        if self.state is RECEIVING and not self._offers_upgrade:
            self._complete(self._parser.should_keep_alive(), None)

    def _refuse_body(self, error: Rejection) -> None:
        # The rest of the body is not read, so no request can follow.
        self._body, self._assembly = b"", None
        self._complete(keep_alive=False, body_error=error)

    def _complete(self, keep_alive: bool, body_error: Rejection | None) -> None:
        version = self._parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self.reject(header_rules.unsupported_version(version))
            return
        self.state = IDLE if keep_alive else INPUT_ENDED
        headers, body = self._headers, self._body
        if self._assembly is not None:
            body, body_error = self._assembly.finish()
            self._assembly = None
        self._headers, self._body = [], b""
        request = HttpRequest(
            self._parser.get_method(),
            self._target,
            body,
            self._client,
            headers,
            keep_alive,
            version == "1.0",
            body_error,
        )
        if body[:3] == header_rules.BYTE_ORDER_MARK:
            request = header_rules.without_byte_order_mark(request)
        self.request_received(request)

"""From the bytes of a connection to its requests, with limits on their size."""

from http import HTTPStatus
from typing import NamedTuple

import httptools

MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_HEADER_BYTES = 32 * 1024
_HEADERS = 200


class HttpRequest(NamedTuple):
    """One request.

    Attributes:
        body: above BODY_LIMIT cut off behind it.
        keep: the client wants to use the connection again.
        old: the client speaks HTTP/1.0, which closes unless told otherwise.
        refused: what came is no request; this is its answer.
    """

    method: bytes
    target: bytes
    body: bytes
    keep: bool
    old: bool = False
    refused: HTTPStatus | None = None


class RequestParser:
    """llhttp's events (httptools) put together; a subclass takes what comes of them.

    Attributes:
        receiving: a request has begun to come.
        over: nothing is read any more.
    """

    receiving = over = False

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._upgrades = False
        self._expects = b""
        self._header_bytes = self._unfinished_bytes = self._body_bytes = 0
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: bytes | bytearray = b""

    def take(self, request: HttpRequest) -> None:
        """A request has come whole."""
        raise NotImplementedError

    def begun(self) -> None:
        """A request begins to come."""

    def expected(self) -> None:
        """The client waits for a word before it sends the body."""

    def refuse(self, status: HTTPStatus) -> None:
        """Read no more, and have this answered behind what was asked before."""
        if not self.over:
            self.over, self.receiving = True, False
            self.take(HttpRequest(b"", b"", b"", False, refused=status))

    def forget(self) -> None:
        """The connection is gone. httptools' parser and this hold each other, which Python's
        collector would notice late, and never where it was frozen."""
        del self._parser
        self._headers, self._body = [], b""

    def feed(self, data: bytes) -> None:
        """Take what the connection brings."""
        self._unfinished_bytes += len(data)
        rest = memoryview(data)
        try:
            while rest:
                try:
                    self._parser.feed_data(rest)
                    break
                except httptools.HttpParserUpgrade as stopped:
                    rest = rest[stopped.args[0] :]
                    self._drop_offer()
        except httptools.HttpParserError:
            self.refuse(HTTPStatus.BAD_REQUEST)
        # The bytes of a header, of trailers, or around chunks of some bytes each.
        if self.receiving and self._unfinished_bytes > MAX_HEADER_BYTES + 8 * self._body_bytes:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _drop_offer(self) -> None:
        """Where a client offers another protocol llhttp stops behind the header. None is spoken
        here, so that the request counts without the offer, as HTTP has it."""
        if self.over:
            return
        method, version = self._parser.get_method(), self._parser.get_http_version().encode()
        self._parser = httptools.HttpRequestParser(self)
        if method == b"CONNECT":
            self.over = True
            self.take(HttpRequest(method, self._target, b"", False))
            return
        kept = [b"%b: %b" % one for one in self._headers if one[0].lower() != b"upgrade"]
        head = [b"%b %b HTTP/%b" % (method, self._target, version), *kept, b"", b""]
        self._parser.feed_data(b"\r\n".join(head))

    # httptools' calls.

    def on_message_begin(self) -> None:
        if self.over:
            return
        if not self.receiving:  # else it is fed again, without an offer
            self.begun()
        self.receiving = True
        self._upgrades, self._expects, self._target = False, b"", b""
        # What of this piece belongs to the header is not known; the next ones count.
        self._header_bytes = self._unfinished_bytes = self._body_bytes = 0
        self._headers, self._body = [], b""

    def on_url(self, url: bytes) -> None:
        self._target += url
        self._header_bytes += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._header_bytes > MAX_HEADER_BYTES or len(self._headers) >= _HEADERS:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            return
        self._headers.append((name, value))
        if len(name) == 6 and name.lower() == b"expect":
            self._expects = value.lower()

    def on_headers_complete(self) -> None:
        self._upgrades = self._parser.should_upgrade()
        if self._header_bytes > MAX_HEADER_BYTES:  # all of it may be the target
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self._expects != b"100-continue" or self._upgrades or self.over:
            return
        if self._parser.get_http_version() != "1.0":  # which has no word in between
            self.expected()

    def on_body(self, body: bytes) -> None:
        if self.over:
            return
        if not self._body:
            self._body = body
        else:
            # One buffer: a list of small chunks would take many times their bytes.
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += body
        self._body_bytes += len(body)
        if self._body_bytes > MAX_BODY_BYTES:
            # The rest is not read, so that this is the last request.
            self._complete(keep=False)
            self.over = True

    def on_message_complete(self) -> None:
        if not self.over and not self._upgrades:
            self._complete(keep=self._parser.should_keep_alive())

    def _complete(self, keep: bool) -> None:
        self.receiving = False
        parser, body = self._parser, bytes(self._body)
        # An idle connection keeps nothing.
        self._headers, self._body = [], b""
        version = parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self.refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)
            return
        self.take(HttpRequest(parser.get_method(), self._target, body, keep, version == "1.0"))

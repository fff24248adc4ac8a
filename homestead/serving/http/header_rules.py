"""What HTTP/1.1 demands of a request's header, and limits on it."""

import re
from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from homestead.serving.http.request import HttpRequest, Rejection

MAX_HEADER_BYTES = 32 * 1024
MAX_HEADERS = 200
_HOST = re.compile(rb"(\[[\w:.%~-]+\]|[\w.~!$&'()*+,;=%-]*)(:\d*)?", re.ASCII)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

HEADER_TOO_LARGE = Rejection(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    "header",
    f"the header is larger than {MAX_HEADER_BYTES} bytes or {MAX_HEADERS} lines",
)


def bad_request(message: str) -> Rejection:
    """Return the rejection of a request that is not HTTP/1.1 as the standard has it."""
    return Rejection(HTTPStatus.BAD_REQUEST, "http", message)


def wrong_number_of_hosts(count: int) -> Rejection:
    """Return the rejection of a request with no Host header or several."""
    return bad_request(f"found {count} Host headers, allowed is one")


def check_host(value: bytes) -> Rejection | None:
    """Return why the value of a Host header is wrong, if so."""
    return None if _HOST.fullmatch(value) else bad_request("Host: allowed is a host and port")


def check_transfer_encoding(value: bytes, is_http_1_0: bool) -> Rejection | None:
    """Return why a body in this transfer encoding is not read, if so."""
    if is_http_1_0:
        return bad_request("found Transfer-Encoding, which HTTP/1.0 does not have")
    if value.strip().lower() != b"chunked":
        message = "Transfer-Encoding: allowed is chunked"
        return Rejection(HTTPStatus.NOT_IMPLEMENTED, "http", message)
    return None


def declared_length(header_lines: Sequence[tuple[bytes, bytes]]) -> int:
    """Return the Content-Length of a header that llhttp has accepted; 0 without it."""
    for name, value in header_lines:
        if len(name) == 14 and name.lower() == b"content-length":
            return int(value)
    return 0


def without_byte_order_mark(request: HttpRequest) -> HttpRequest:
    """Return the request without the mark that some clients write before JSON.

    A body that begins with binary data is left as it is.
    """
    if request.header(b"inference-header-content-length") is not None:
        return request
    return msgspec.structs.replace(request, body=request.body[len(BYTE_ORDER_MARK) :])


def unsupported_version(version: str) -> Rejection:
    """Return the rejection of a request in another version of HTTP."""
    message = f"found HTTP/{version}, allowed are HTTP/1.0 and HTTP/1.1"
    return Rejection(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "http", message)


def encode_head(
    method: bytes, target: bytes, version: str, header_lines: Sequence[tuple[bytes, bytes]]
) -> bytes:
    """Return a request's head as it is sent."""
    lines = [b"%b: %b" % line for line in header_lines]
    return b"\r\n".join([b"%b %b HTTP/%b" % (method, target, version.encode()), *lines, b"", b""])

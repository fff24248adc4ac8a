"""Encoding of response heads."""

import json
from http import HTTPStatus

CONTINUE_RESPONSE = b"HTTP/1.1 100 Continue\r\n\r\n"
CLOSE_HEADER = b"connection: close\r\n"
KEEP_ALIVE_HEADER = b"connection: keep-alive\r\n"


def _status_line(status: HTTPStatus) -> bytes:
    """Return the status line; a 503 also says when to retry."""
    retry = "retry-after: 1\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{retry}".encode()


_STATUS_LINES = {status.value: _status_line(status) for status in HTTPStatus}


def response_head(status: int, date_header: bytes, headers: bytes, content_length: int) -> bytes:
    """Return a response's head, blank line included.

    Args:
        status: HTTP status code.
        date_header: header line with the date.
        headers: the other header lines, complete.
        content_length: size of the content in bytes.
    """
    return b"%b%b%bcontent-length: %d\r\n\r\n" % (
        _STATUS_LINES[status],
        date_header,
        headers,
        content_length,
    )


def error_content(message: str) -> bytes:
    """Return the JSON content for a request that was rejected before the application saw it."""
    return json.dumps({"error": message}).encode()

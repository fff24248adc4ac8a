"""Files on web servers, over HTTPS."""

import time
from collections.abc import Iterator

import httpx

from homestead.errors import UserError
from homestead.files import CHUNK_BYTES
from homestead.problem.values.source_urls import is_safe_address
from homestead.settings import Settings

MAX_DOWNLOAD_BYTES = 8 * 2**30
_TIMEOUT = httpx.Timeout(30, read=60)
_MAX_DOWNLOAD_S = 3600
_MAX_REDIRECTS = 10


def web_chunks(uri: str) -> Iterator[bytes]:
    """Yield the content of a file on a web server in pieces.

    ``HOMESTEAD_SOURCE_TOKEN`` is sent to this server, not to one that it redirects to.

    Raises:
        UserError: the server cannot be reached, answers with an error, a web page, or more than
            :data:`MAX_DOWNLOAD_BYTES`, takes longer than an hour, or redirects to plain HTTP.
    """
    token = Settings.read().source_token
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with (
            httpx.Client(
                timeout=_TIMEOUT,
                follow_redirects=True,
                max_redirects=_MAX_REDIRECTS,
                event_hooks={"request": [_require_safe]},
            ) as client,
            client.stream("GET", uri, headers=headers) as response,
        ):
            if response.status_code != httpx.codes.OK:
                raise UserError(f"{uri}: {_refusal(response.status_code)}")
            yield from _read(response, uri)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise UserError(f"{uri}: cannot be read: {reason}") from None


def _require_safe(request: httpx.Request) -> None:
    if not is_safe_address(str(request.url)):
        raise httpx.UnsupportedProtocol(
            f"is redirected to {request.url.scheme}://{request.url.host}, allowed is https://"
        )


def _refusal(status: int) -> str:
    if status == httpx.codes.NOT_FOUND:
        return "no such file"
    if status in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
        return f"the server refuses access ({status}); does it need HOMESTEAD_SOURCE_TOKEN?"
    return f"the server answered {status} {httpx.codes.get_reason_phrase(status)}".rstrip()


def _read(response: httpx.Response, uri: str) -> Iterator[bytes]:
    started, size = time.monotonic(), 0
    for chunk in response.iter_bytes(CHUNK_BYTES):
        if not size and chunk[:1000].lstrip().lower().startswith((b"<!doctype html", b"<html")):
            raise UserError(f"{uri}: found a web page, allowed is the address of the table itself")
        size += len(chunk)
        if size > MAX_DOWNLOAD_BYTES:
            raise UserError(f"{uri}: holds more than {MAX_DOWNLOAD_BYTES} bytes")
        if time.monotonic() - started > _MAX_DOWNLOAD_S:
            raise UserError(f"{uri}: takes longer than {_MAX_DOWNLOAD_S} s")
        yield chunk

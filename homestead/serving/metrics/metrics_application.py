"""The application on the metrics port: Prometheus' text of a registry."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from homestead.serving.http.application import Responder
from homestead.serving.http.request import HttpRequest

_PATHS = (b"/prometheus", b"/metrics")
_TEXT_HEADER = b"content-type: text/plain; charset=utf-8\r\n"
_METHODS_HEADER = b"allow: GET, HEAD\r\n"


class MetricsApplication:
    """Answers scrapes, one at a time, in a thread of its own: predictions do not wait for them.

    Implements :class:`homestead.serving.http.application.Application`.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self.draining = False
        self._registry = registry
        self._thread = ThreadPoolExecutor(1, "metrics")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def __call__(self, request: HttpRequest, respond: Responder) -> None:
        """Respond to one HTTP request, now or later."""
        if request.target.partition(b"?")[0] not in _PATHS:
            respond(404, b"metrics are at /prometheus\n", _TEXT_HEADER)
        elif request.method not in (b"GET", b"HEAD"):
            respond(405, b"allowed are GET, HEAD\n", _TEXT_HEADER + _METHODS_HEADER)
        else:
            accept = (request.header(b"accept") or b"").decode("latin-1")
            scrape = asyncio.get_running_loop().run_in_executor(self._thread, self._encode, accept)
            scrape.add_done_callback(lambda done: _send(done, respond))

    def count_response(self, request: HttpRequest, status: int) -> None:
        """Count nothing: scrapes are not the problem's requests."""

    def _encode(self, accept: str) -> tuple[bytes, str]:
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type


def _send(scrape: "asyncio.Future[tuple[bytes, str]]", respond: Responder) -> None:
    if scrape.cancelled() or scrape.exception() is not None:
        respond(500, b"the metrics can't be read\n", _TEXT_HEADER)
        return
    content, content_type = scrape.result()
    respond(200, content, f"content-type: {content_type}\r\n".encode())

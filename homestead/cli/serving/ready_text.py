"""What ``homestead serve`` says when it answers: a request that works, and where its pages are."""

import json
import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A server in a pod has other ports, and nobody there to type a command.
_POD_VARIABLE = "PREDICTIVE_UNIT_HTTP_SERVICE_PORT"
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
_LINE_COLUMNS = 100


@dataclass(frozen=True)
class ServerPlace:
    """Where a server listens, as its options say."""

    host: str
    port: int
    metrics_port: int
    socket_path: Path | None = None

    @property
    def url(self) -> str:
        """Address of the API for a client on this machine; a Unix socket has no port."""
        return "http://localhost" if self.socket_path else self._url(self.port)

    @property
    def metrics_url(self) -> str:
        """Address of the metrics for a client on this machine."""
        return f"{self._url(self.metrics_port)}/prometheus"

    def _url(self, port: int) -> str:
        host = _EVERY_ADDRESS.get(self.host, self.host)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def ready_lines(problem: str, place: ServerPlace, row: dict[str, Any]) -> Iterator[str]:
    """Yield that the server answers, a request, and the addresses of its pages.

    Args:
        row: one that the server can predict.
    """
    if os.environ.get(_POD_VARIABLE):
        yield f"{problem}: Ready"
        return
    at = place.socket_path or place.url
    yield f"{problem}: Ready, at {at}"
    yield ""
    yield from (f"  {line}" for line in curl_lines(place, row))
    yield ""
    pages = {
        place.metrics_url: "metrics for Prometheus",
        "homestead ui": "releases, drift and performance in a browser",
        "homestead status": "the same in short",
    }
    if place.socket_path is None:
        own = {
            f"{place.url}/": "models, links and a form",
            f"{place.url}/docs": "every request, to read and to try",
        }
        pages = own | pages
    width = max(map(len, pages))
    yield from (f"  {page:<{width}}  {meaning}" for page, meaning in pages.items())


def curl_lines(place: ServerPlace, row: dict[str, Any]) -> list[str]:
    """Return a curl command, on two lines if one would be long."""
    socket = f" --unix-socket {shlex.quote(str(place.socket_path))}" if place.socket_path else ""
    head = f"curl -s{socket} {place.url}/predict -H 'content-type: application/json'"
    body = f"-d {shlex.quote(json.dumps(row, ensure_ascii=False))}"
    line = f"{head} {body}"
    return [line] if len(line) <= _LINE_COLUMNS else [f"{head} \\", f"  {body}"]

"""HTTP server of the page. It answers GET alone, with a thread for each connection."""

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any

from homestead.errors import UserError
from homestead.ports import listen_failure
from homestead.steps.ui.responses import Response

_IDLE_S = 20.0
_MAX_CONNECTIONS = 64
_METHOD_NOT_ALLOWED = Response(405, b"this page changes nothing: allowed is GET\n", allow="GET")
_OTHER_HOST = Response(421, b"another host: this page answers for this machine alone\n")


class PageServer(ThreadingHTTPServer):
    """Server of the page.

    Args:
        respond: returns the response to the target of a GET.

    Raises:
        UserError: the address cannot be listened on.
    """

    daemon_threads = True

    def __init__(self, host: str, port: int, respond: Callable[[str], Response]) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.respond = respond
        # Otherwise any web page could name this machine as its own host, and read this one.
        self.own_hosts = {"localhost", host} if _is_loopback(host) else None
        self._free = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            raise UserError(listen_failure(host, port, error)) from None

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection, or close it if there are too many."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over a connection that its client broke."""


class _Handler(BaseHTTPRequestHandler):
    server: PageServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "homestead", ""
    timeout = _IDLE_S

    def do_GET(self) -> None:
        """Answer with the page's content."""
        own_hosts = self.server.own_hosts
        if own_hosts is not None and _host_name(self.headers.get("Host", "")) not in own_hosts:
            self._send(_OTHER_HOST)
        else:
            self._send(self.server.respond(self.path))

    def _refuse(self) -> None:
        # A body, which nobody reads, would be taken for the next request.
        self.close_connection = True
        self._send(_METHOD_NOT_ALLOWED)

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_TRACE = _refuse  # noqa: N815

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Write no line for each request."""


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host_name(header: str) -> str:
    """Return the host of a header ``Host`` without its port."""
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.rpartition(":")[0] if ":" in header else header

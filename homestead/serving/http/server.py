"""Listening server: accepts connections, enforces their timeouts and shuts down gracefully."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterable

from homestead.serving.http.client_connection import ClientConnection
from homestead.serving.http.endpoint import Endpoint, OpenConnection

_TICK_S = 1.0
_SHUTDOWN_POLL_S = 0.05


class HttpServer:
    """Serves each of its endpoints on a socket of its own."""

    def __init__(
        self,
        endpoints: Iterable[tuple[Endpoint, socket.socket]],
        drain_s: float,
        in_flight_s: float,
        start_draining: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare to serve.

        Args:
            endpoints: with their listening sockets, TCP or Unix.
            drain_s: how long requests are answered after a signal to terminate.
            in_flight_s: how long requests may take that are in flight after that.
            start_draining: called once, when a drain begins.
        """
        self._listeners = list(endpoints)
        self._endpoints = [endpoint for endpoint, _ in self._listeners]
        self._drain_s = drain_s
        self._in_flight_s = in_flight_s
        self._start_draining = start_draining
        self._is_draining = False

    async def run(self) -> None:
        """Serve until SIGINT, or SIGTERM or SIGHUP and a drain; then finish requests in flight.

        During the drain connections stay open until a response has announced their closing: closing
        one while its client sends a request would fail that request.
        """
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()

        def terminate() -> None:
            if self._is_draining:
                stopped.set()
                return
            self._announce_end()
            loop.call_later(self._drain_s, stopped.set)
            self._start_draining()

        loop.add_signal_handler(signal.SIGTERM, terminate)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup ignores it
            loop.add_signal_handler(signal.SIGHUP, terminate)
        loop.add_signal_handler(signal.SIGINT, stopped.set)
        self._tick(loop)
        servers = [
            await _listen(loop, endpoint, listener) for endpoint, listener in self._listeners
        ]
        await stopped.wait()
        for server in servers:
            server.close()
        self._announce_end()
        for connection in self._connections():
            connection.close_unless_busy()
        deadline = loop.time() + self._in_flight_s
        while self._connections() and loop.time() < deadline:
            await asyncio.sleep(_SHUTDOWN_POLL_S)
        for connection in self._connections():
            connection.abort()

    def _connections(self) -> list[OpenConnection]:
        return [connection for endpoint in self._endpoints for connection in endpoint.connections]

    def _announce_end(self) -> None:
        self._is_draining = True
        for endpoint in self._endpoints:
            endpoint.application.draining = True

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        # Scheduled first, so that no error stops the clock.
        loop.call_later(_TICK_S, self._tick, loop)
        for endpoint in self._endpoints:
            endpoint.tick(loop.time())


async def _listen(
    loop: asyncio.AbstractEventLoop, endpoint: Endpoint, listener: socket.socket
) -> asyncio.Server:
    is_unix = listener.family == socket.AF_UNIX
    create = loop.create_unix_server if is_unix else loop.create_server
    return await create(lambda: ClientConnection(endpoint), sock=listener, backlog=endpoint.backlog)

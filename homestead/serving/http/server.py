"""Listening server: accepts connections, enforces their timeouts and shuts down gracefully."""

import asyncio
import signal
import socket
from collections.abc import Callable
from email.utils import formatdate

from homestead.serving.http.application import Application
from homestead.serving.http.connection import Connection
from homestead.serving.http.context import OpenConnection
from homestead.serving.http.limits import ConnectionLimits

# preStop hook, drain, this and the worker's last shipping together must stay below the 40 s of
# terminationGracePeriodSeconds of our pods.
_IN_FLIGHT_S = 10
_TICK_S = 1.0
_SHUTDOWN_POLL_S = 0.05


class HttpServer:
    """Serves an application on a socket.

    Implements :class:`homestead.serving.http.context.ConnectionContext`.
    """

    def __init__(
        self,
        application: Application,
        count_rejection: Callable[[], None],
        limits: ConnectionLimits,
        drain_s: float,
    ) -> None:
        self.application = application
        self.count_rejection = count_rejection
        self.limits = limits
        self.connections: set[OpenConnection] = set()
        self.date_header = b""
        self._drain_s = drain_s

    async def run(self, listener: socket.socket) -> None:
        """Serve until SIGINT, or until SIGTERM and a drain; then finish the requests in flight.

        During the drain connections stay open until a response has announced their closing: closing
        one while its client sends a request would fail that request.
        """
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()

        def terminate() -> None:
            if self.application.draining:
                stopped.set()
            self.application.draining = True
            loop.call_later(self._drain_s, stopped.set)

        loop.add_signal_handler(signal.SIGTERM, terminate)
        loop.add_signal_handler(signal.SIGINT, stopped.set)
        self._tick(loop)
        server = await loop.create_server(lambda: Connection(self), sock=listener, backlog=2048)
        await stopped.wait()
        server.close()
        self.application.draining = True
        for connection in list(self.connections):
            connection.close_unless_busy()
        deadline = loop.time() + _IN_FLIGHT_S
        while self.connections and loop.time() < deadline:
            await asyncio.sleep(_SHUTDOWN_POLL_S)
        for connection in list(self.connections):
            connection.abort()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        # Scheduled first, so that no error stops the clock.
        loop.call_later(_TICK_S, self._tick, loop)
        self.date_header = f"date: {formatdate(usegmt=True)}\r\n".encode()
        now = loop.time()
        for connection in list(self.connections):
            connection.close_if_late(now)

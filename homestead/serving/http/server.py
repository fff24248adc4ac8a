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
        in_flight_s: float,
        start_draining: Callable[[], None] = lambda: None,
    ) -> None:
        """Prepare to serve.

        Args:
            application: answers the requests.
            count_rejection: see :class:`homestead.serving.http.context.ConnectionContext`.
            limits: of each connection.
            drain_s: how long requests are answered after a signal to terminate.
            in_flight_s: how long requests may take that are in flight after that.
            start_draining: called once, when a drain begins.
        """
        self.application = application
        self.count_rejection = count_rejection
        self.limits = limits
        self.connections: set[OpenConnection] = set()
        self.date_header = b""
        self._drain_s = drain_s
        self._in_flight_s = in_flight_s
        self._start_draining = start_draining

    async def run(self, listener: socket.socket) -> None:
        """Serve until SIGINT, or SIGTERM or SIGHUP and a drain; then finish requests in flight.

        During the drain connections stay open until a response has announced their closing: closing
        one while its client sends a request would fail that request.
        """
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()

        def terminate() -> None:
            if self.application.draining:
                stopped.set()
                return
            self.application.draining = True
            loop.call_later(self._drain_s, stopped.set)
            self._start_draining()

        loop.add_signal_handler(signal.SIGTERM, terminate)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup ignores it
            loop.add_signal_handler(signal.SIGHUP, terminate)
        loop.add_signal_handler(signal.SIGINT, stopped.set)
        self._tick(loop)
        server = await loop.create_server(lambda: Connection(self), sock=listener, backlog=2048)
        await stopped.wait()
        server.close()
        self.application.draining = True
        for connection in list(self.connections):
            connection.close_unless_busy()
        deadline = loop.time() + self._in_flight_s
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

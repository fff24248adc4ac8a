"""The listening server: its connections, its clock, and its end in order."""

import asyncio
import signal
import socket
from email.utils import formatdate

from prometheus_client import Counter

from homestead.serving.http.connection import Application, Connection

# With preStop, the settings' drain_s and the helper's end below the 40 s of grace of our pods.
_IN_FLIGHT_S = 10
_TICK_S = 1.0
_END_TICK_S = 0.05


class HttpServer:
    """Serves an application on a socket; see :class:`homestead.serving.http.connection.ConnectionContext`."""

    def __init__(
        self, application: Application, refused: Counter, request_s: float, drain_s: float
    ) -> None:
        self.application = application
        self.refused = refused
        self.request_s = request_s
        self.connections: set[Connection] = set()
        self.date = b""
        self._drain_s = drain_s

    async def run(self, socket_: socket.socket) -> None:
        """Serve until SIGTERM, after a drain, or SIGINT; then let what was begun come to its end.

        In the drain connections stay open until their clients have seen that they close: one that
        is closed under a client's request would fail it.
        """
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()

        def terminate() -> None:
            if self.application.draining:
                ended.set()
            self.application.draining = True
            loop.call_later(self._drain_s, ended.set)

        loop.add_signal_handler(signal.SIGTERM, terminate)
        loop.add_signal_handler(signal.SIGINT, ended.set)
        self._tick(loop)
        server = await loop.create_server(lambda: Connection(self), sock=socket_, backlog=2048)
        await ended.wait()
        server.close()
        self.application.draining = True
        for connection in list(self.connections):
            connection.end()
        late = loop.time() + _IN_FLIGHT_S
        while self.connections and loop.time() < late:
            await asyncio.sleep(_END_TICK_S)
        for connection in list(self.connections):
            connection.abort()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        # First, so that no error ends the clock.
        loop.call_later(_TICK_S, self._tick, loop)
        self.date = f"date: {formatdate(usegmt=True)}\r\n".encode()
        now = loop.time()
        for connection in list(self.connections):
            connection.look(now)

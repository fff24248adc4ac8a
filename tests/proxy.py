"""A TCP proxy that makes the way to a server slow, silent or broken where a test says so."""

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from typing import Literal

Side = Literal["request", "answer"]


@dataclass(frozen=True)
class Trouble:
    """What happens, once, when some bytes are about to be passed on: these stay behind.

    Attributes:
        side: which way the bytes go.
        at: what they hold.
        how: ``stall`` leaves both connections open, and silent; ``cut`` closes both.
    """

    side: Side
    at: bytes
    how: Literal["stall", "cut"]


class Proxy:
    """Listens on ``port`` of 127.0.0.1 and passes on to another one.

    Attributes:
        delay_s: how long each piece of a stream is held up.
        trouble: what shall happen next; None once it has happened.
        silent: new connections are taken and nothing is ever said on them.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.delay_s = 0.0
        self.trouble: Trouble | None = None
        self.silent = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Close everything."""
        _close(self._listener, *self._sockets)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(client)
            if self.silent:
                continue
            server = socket.create_connection(("127.0.0.1", self._target))
            self._sockets.append(server)
            stalled = threading.Event()
            for source, sink, side in ((client, server, "request"), (server, client, "answer")):
                arguments = (source, sink, side, stalled)
                threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(
        self, source: socket.socket, sink: socket.socket, side: Side, stalled: threading.Event
    ) -> None:
        try:
            while piece := source.recv(65536):
                if found := self._struck(side, piece):
                    stalled.set()
                    if found.how == "cut":
                        _close(source, sink)
                if stalled.is_set():
                    return
                time.sleep(self.delay_s)
                sink.sendall(piece)
        except OSError:
            pass
        if not stalled.is_set():
            _close(source, sink)

    def _struck(self, side: Side, piece: bytes) -> Trouble | None:
        with self._lock:
            found = self.trouble
            if found is None or found.side != side or found.at not in piece:
                return None
            self.trouble = None
            return found


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()

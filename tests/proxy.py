"""TCP proxy that makes the connection to a server slow, silent or broken where a test says so."""

import contextlib
import socket
import threading
import time
from dataclasses import dataclass
from typing import Literal

Direction = Literal["request", "answer"]
FaultKind = Literal["stall", "cut"]


@dataclass(frozen=True)
class Fault:
    """A fault that happens once, when certain bytes arrive; these bytes are not forwarded.

    Attributes:
        direction: direction of the bytes.
        content: bytes that trigger the fault.
        kind: ``stall`` leaves both connections open and silent; ``cut`` closes both.
        question: bytes of a request; only a connection that sent them can trigger the fault.
    """

    direction: Direction
    content: bytes
    kind: FaultKind
    question: bytes = b""


class Proxy:
    """Listens on ``port`` of 127.0.0.1 and forwards to another port.

    Attributes:
        delay_s: how long each piece of a stream is held up.
        fault: the next fault; None once it has happened.
        silent: accept new connections, but never send anything on them.
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.delay_s = 0.0
        self.fault: Fault | None = None
        self.silent = False
        self._sockets: list[socket.socket] = []
        # The fault whose question has been sent, and the connection that sent it.
        self._asked: tuple[Fault, threading.Event] | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Close the listener and all connections."""
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
            server = socket.create_connection(("127.0.0.1", self._target_port))
            self._sockets.append(server)
            stalled = threading.Event()
            directions: tuple[tuple[socket.socket, socket.socket, Direction], ...] = (
                (client, server, "request"),
                (server, client, "answer"),
            )
            for source, sink, direction in directions:
                arguments = (source, sink, direction, stalled)
                threading.Thread(target=self._forward, args=arguments, daemon=True).start()

    def _forward(
        self,
        source: socket.socket,
        sink: socket.socket,
        direction: Direction,
        stalled: threading.Event,
    ) -> None:
        try:
            while piece := source.recv(65536):
                if fault := self._triggered_fault(direction, piece, stalled):
                    stalled.set()
                    if fault.kind == "cut":
                        _close(source, sink)
                if stalled.is_set():
                    return
                time.sleep(self.delay_s)
                sink.sendall(piece)
        except OSError:
            pass
        if not stalled.is_set():
            _close(source, sink)

    def _triggered_fault(
        self, direction: Direction, piece: bytes, connection: threading.Event
    ) -> Fault | None:
        with self._lock:
            fault = self.fault
            if fault is None:
                return None
            if direction == "request" and fault.question and fault.question in piece:
                self._asked = fault, connection
            if fault.question and self._asked != (fault, connection):
                return None
            if fault.direction != direction or fault.content not in piece:
                return None
            self.fault = None
            return fault


def _close(*sockets: socket.socket) -> None:
    for connection in sockets:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()

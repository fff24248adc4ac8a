"""The server's bounds under idle and unfinished clients; and its Unix socket."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from homestead.serving.network.listeners import connection_limit
from homestead.serving.request_limits import MAX_BODY_BYTES
from tests.serving import FULL, Server, World, ask

BUDGET_MB = 64


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[Server]:
    world.release(world.models["boosting"])
    running = Server(world.settings.home, ready=False)
    yield running
    assert running.stop() == 0


def memory_mb(server: Server) -> float:
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.findall(r"RssAnon:\s+(\d+)", status)[0]) / 1024


def test_half_sent_bodies_hold_bounded_memory_and_keep_nobody_out(server: Server) -> None:
    large = {"jsonData": FULL, "unread": "x" * (MAX_BODY_BYTES - 1000)}
    assert httpx.post(f"{server.url}/predict", json=large).status_code == 200
    before = memory_mb(server)
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % MAX_BODY_BYTES
    with ExitStack() as stack:
        refused = 0
        clients = []
        for _ in range(100):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 10))
            client.sendall(head + b" " * (MAX_BODY_BYTES - 1))
            clients.append(client)
        time.sleep(0.2)
        growth = memory_mb(server) - before
        print(f"100 half-sent bodies: {growth:.0f} MB more")  # noqa: T201
        assert growth < 1.6 * BUDGET_MB
        assert ask(server, FULL).status_code == 200
        # A client that sends at once takes the place of one that does not.
        assert httpx.post(f"{server.url}/predict", json=large).status_code == 200
        for client in clients:
            client.setblocking(False)
            with suppress(BlockingIOError):
                refused += client.recv(12) == b"HTTP/1.1 503"
        assert refused >= 100 - BUDGET_MB // 4
    assert ask(server, FULL).status_code == 200


@pytest.mark.parametrize("begun", [b"", b"GET /prometheus HTTP/1.1\r\n"], ids=["idle", "begun"])
def test_connections_to_the_metrics_port_do_not_use_up_the_servers(
    server: Server, begun: bytes
) -> None:
    connection_limit(4096)
    with ExitStack() as stack:
        for _ in range(1100):
            client = stack.enter_context(
                socket.create_connection(("127.0.0.1", server.metrics_port), 10)
            )
            if begun:
                with suppress(OSError):  # closed already
                    client.sendall(begun)
        assert ask(server, FULL).status_code == 200
        if not begun:
            time.sleep(0.2)
            assert "homestead_predictions_total" in server.metrics()
    server.wait(lambda: "homestead_predictions_total" in server.metrics())


def test_a_server_listens_on_a_unix_socket(world: World) -> None:
    path = world.settings.home / "server.sock"
    running = Server(world.settings.home, options=("--socket", str(path)), socket_path=path)
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path))) as client:
        response = client.post("http://server/predict", json={"jsonData": FULL})
    assert response.status_code == 200
    assert running.stop() == 0
    assert not path.exists()

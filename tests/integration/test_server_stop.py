"""The server's end: signals, clients that drip, and how long it takes."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from homestead.database.engine import open_database
from homestead.prediction_log.shipper import Shipper
from tests.conftest import CHURN
from tests.serving import FULL, Server, World, ask, logged

HEAD = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{"
# Shorter than the default, since tests share the machine.
DRAIN_S = 2
# What docker stop allows.
GRACE_S = 10


def drip(port: int, stop: threading.Event) -> None:
    """Send a request byte by byte."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(HEAD)
        while not stop.wait(0.2):
            try:
                connection.sendall(b" ")
            except OSError:
                return


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_the_server_ends_in_time_for_docker_beside_a_client_that_drips(
    world: World, number: signal.Signals
) -> None:
    running = Server(world.settings.home, HOMESTEAD_DRAIN_S=str(DRAIN_S))
    stop = threading.Event()
    client = threading.Thread(target=drip, args=(running.port, stop))
    client.start()
    ids = [ask(running, FULL).json()["meta"]["tags"]["prediction_id"] for _ in range(3)]
    started = time.monotonic()
    running.process.send_signal(number)
    time.sleep(0.5)
    # It drains.
    ids.append(ask(running, FULL).json()["meta"]["tags"]["prediction_id"])
    try:
        assert running.process.wait(GRACE_S) == 0
    finally:
        running.process.kill()
        stop.set()
        client.join()
    assert time.monotonic() - started > DRAIN_S
    # What the server's worker had no time for is in the spool.
    engine = open_database(world.settings.database_url)
    Shipper(world.settings.folder("spool", "churn"), engine).ship()
    engine.dispose()
    assert set(ids) <= set(logged(world.settings).prediction_id)


def test_a_signal_during_the_start_is_not_lost(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "homestead", "serve", "--wait", "--problem", str(CHURN)],
        env={**os.environ, "HOMESTEAD_HOME": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(GRACE_S) in (-signal.SIGTERM, 0)

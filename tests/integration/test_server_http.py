"""What broken and hostile clients get, on the level of bytes."""

import json
import socket
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.serving import FULL, Server, World, ask

BODY = json.dumps({"jsonData": FULL}).encode()


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[Server]:
    world.release(world.models["boosting"])
    running = Server(world.settings.home, ready=False, HOMESTEAD_REQUEST_S="1.5")
    yield running
    assert ask(running, FULL).status_code == 200
    running.stop()


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), 10)


def request(body: bytes = BODY, version: str = "1.1", more: str = "") -> bytes:
    head = f"POST /predict HTTP/{version}\r\nHost: x\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def read_all(client: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    parts = []
    try:
        while part := client.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def read_one(client: socket.socket) -> bytes:
    """One answer's head and body."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = client.recv(65536)
        assert part, "closed"
        answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    (length,) = (int(x.split(b":")[1]) for x in head.lower().split(b"\r\n") if b"content-le" in x)
    while len(body) < length:
        body += client.recv(65536)
    assert len(body) == length
    return head + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"HELO mail\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345",
        b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /predict HTTP/1.1\r\nHost x\r\n\r\n",
        b"POST /pre\x00dict HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /health/ping HTTP/9.9\r\nHost: x\r\n\r\n",
        b"\x00" * 5000,
    ],
)
def test_what_is_not_http_is_refused_and_closed(server: Server, garbage: bytes) -> None:
    with connect(server) as client:
        client.sendall(garbage)
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 400"), answer
    assert b"connection: close" in answer.lower()


def test_pipelined_requests_are_answered_in_turn(server: Server) -> None:
    with connect(server) as client:
        client.sendall(request() + request(b"{") + request(more="Connection: close\r\n"))
        answers = read_all(client)
    found = [
        answers[at : at + 12] for at in range(len(answers)) if answers[at:].startswith(b"HTTP/")
    ]
    assert found == [b"HTTP/1.1 200", b"HTTP/1.1 400", b"HTTP/1.1 200"]


def test_pipelined_garbage_ends_the_connection_and_nothing_else(server: Server) -> None:
    with connect(server) as client, connect(server) as other:
        client.sendall(request() * 200 + b"garbage\r\n\r\n" + request() * 200)
        assert b"HTTP/1.1 400" in read_all(client)
        other.sendall(request())
        assert read_one(other).startswith(b"HTTP/1.1 200")


def test_http_1_0_is_answered_and_closed(server: Server) -> None:
    with connect(server) as client:
        client.sendall(request(version="1.0"))
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("pause_s", [0, 0.01])
def test_a_header_without_end_is_refused(server: Server, pause_s: float) -> None:
    with connect(server) as client:
        client.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\n")
        try:
            for number in range(60):
                client.sendall(b"X-%d: " % number + b"a" * 7000 + b"\r\n")
                time.sleep(pause_s)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = read_all(client)
    # A reset may have overtaken the answer.
    assert not answer or answer.startswith(b"HTTP/1.1 431"), answer[:200]


def test_a_long_header_that_ends_is_refused(server: Server) -> None:
    with connect(server) as client:
        client.sendall(request(more="X-Long: " + "a" * 40_000 + "\r\n"))
        assert read_all(client).startswith(b"HTTP/1.1 431")
    with connect(server) as client:
        client.sendall(request(more="X-Long: " + "a" * 20_000 + "\r\n"))
        assert read_one(client).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("begun", [request()[:30], request()[:-5]], ids=["header", "body"])
def test_a_request_that_does_not_come_to_its_end_is_closed(server: Server, begun: bytes) -> None:
    with connect(server) as client:
        client.sendall(begun)
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 408"), answer


def test_drops_of_a_request_do_not_buy_time(server: Server) -> None:
    with connect(server) as client:
        begin = time.monotonic()
        try:
            for byte in request(more="X: " + "a" * 500 + "\r\n"):
                client.sendall(bytes([byte]))
                time.sleep(0.02)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert time.monotonic() - begin < 8


def test_many_slow_clients_keep_nobody_waiting(server: Server) -> None:
    slow = [connect(server) for _ in range(200)]
    try:
        for client in slow:
            client.sendall(request()[:-1])
        for _ in range(20):
            assert ask(server, FULL).status_code == 200
    finally:
        for client in slow:
            client.close()


def test_an_idle_connection_is_used_again(server: Server) -> None:
    with connect(server) as client:
        for _ in range(2):
            client.sendall(request())
            assert b"connection: close" not in read_one(client).lower()
            # Longer than a request may take.
            time.sleep(3)
        client.sendall(request())
        assert read_one(client).startswith(b"HTTP/1.1 200")


def test_chunks_are_one_body_and_the_limit_holds_for_them(server: Server) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
    with connect(server) as client:
        client.sendall(head + chunks)
        assert read_one(client).startswith(b"HTTP/1.1 200")
    with connect(server) as client:
        client.sendall(head)
        try:
            for _ in range(100):
                client.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            return
        assert read_all(client).startswith(b"HTTP/1.1 413")


def test_a_client_that_wants_to_close_hears_that_it_is_closed(server: Server) -> None:
    with connect(server) as client:
        client.sendall(request(more="Connection: close\r\n"))
        assert b"connection: close" in read_all(client).lower()


def load(server: Server, failed: list[str], answered: list[int]) -> None:
    """Ask on one connection until the server says that it closes it."""
    with connect(server) as client:
        while True:
            try:
                client.sendall(request())
                answer = read_one(client)
            except (OSError, AssertionError) as error:
                failed.append(repr(error))
                return
            answered.append(int(answer[9:12]))
            if b"connection: close" in answer.lower():
                return


def test_a_stop_under_load_loses_no_request(world: World) -> None:
    running = Server(world.settings.home, ready=False)
    failed: list[str] = []
    answered: list[int] = []
    clients = [threading.Thread(target=load, args=(running, failed, answered)) for _ in range(16)]
    for client in clients:
        client.start()
    time.sleep(1)
    with connect(running) as idle:
        running.stop_later()
        time.sleep(0.3)
        # Not yet closed, and not ready for those who ask.
        idle.sendall(request())
        assert read_one(idle).startswith(b"HTTP/1.1 200")
        assert httpx.get(f"{running.url}/v2/health/ready").status_code == 503
    for client in clients:
        client.join(20)
    running.process.wait(30)
    assert failed == []
    assert set(answered) == {200}
    assert len(answered) > 50

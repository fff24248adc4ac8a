"""HTTP byte by byte: responses to broken, slow and hostile clients."""

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
    """Return what arrives until the server closes the connection."""
    parts = []
    try:
        while part := client.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def read_one(client: socket.socket) -> bytes:
    """Return the head and body of one response."""
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
def test_what_is_not_http_is_a_400_and_closed(server: Server, garbage: bytes) -> None:
    with connect(server) as client:
        client.sendall(garbage)
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 400"), answer
    assert b"connection: close" in answer.lower()


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    with connect(server) as client:
        client.sendall(request() + request(b"{") + request(more="Connection: close\r\n"))
        answers = read_all(client)
    found = [
        answers[at : at + 12] for at in range(len(answers)) if answers[at:].startswith(b"HTTP/")
    ]
    assert found == [b"HTTP/1.1 200", b"HTTP/1.1 400", b"HTTP/1.1 200"]


def test_pipelined_garbage_ends_only_its_own_connection(server: Server) -> None:
    with connect(server) as client, connect(server) as other:
        client.sendall(request() * 200 + b"garbage\r\n\r\n" + request() * 200)
        assert b"HTTP/1.1 400" in read_all(client)
        other.sendall(request())
        assert read_one(other).startswith(b"HTTP/1.1 200")


def test_http_1_0_is_closed_unless_it_asks_for_keep_alive(server: Server) -> None:
    with connect(server) as client:
        client.sendall(request(version="1.0", more="Connection: keep-alive\r\n"))
        assert b"connection: keep-alive" in read_one(client).lower()
        client.sendall(request(version="1.0"))
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer.lower()


def test_thousands_of_pipelined_requests_are_all_answered(server: Server) -> None:
    ping = b"GET /health/ping HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(server) as client:
        client.sendall(ping * 5000 + request(more="Connection: close\r\n"))
        answers = read_all(client)
    assert answers.count(b"HTTP/1.1 200") == 5001
    assert b'"prediction_id"' in answers[-300:]


def test_a_client_that_reads_late_gets_every_response(server: Server) -> None:
    part = request() * 50
    sent, rest = 0, b""
    with connect(server) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        client.settimeout(0.5)
        try:
            # The server stops reading while its responses are not read, so sending blocks.
            for _ in range(4000):
                rest = part
                while rest:
                    rest = rest[client.send(rest) :]
                sent += 50
        except TimeoutError:
            pass
        assert rest
        client.settimeout(10)
        answers, tail = 0, b""
        # The last request remains incomplete.
        whole = sent + (len(part) - len(rest)) // len(request())
        while answers < whole:
            found = tail + client.recv(1 << 20)
            answers += found.count(b"HTTP/1.1 200")
            tail = found[-11:]
    assert ask(server, FULL).status_code == 200


def test_a_client_that_half_closes_gets_its_responses(server: Server) -> None:
    with connect(server) as client:
        client.sendall(request() + request())
        client.shutdown(socket.SHUT_WR)
        assert read_all(client).count(b"HTTP/1.1 200") == 2


def test_a_client_may_expect_100_continue(server: Server) -> None:
    head, body = request(more="Expect: 100-continue\r\n").split(b"\r\n\r\n")
    with connect(server) as client:
        client.sendall(head + b"\r\n\r\n")
        assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(body)
        assert read_one(client).startswith(b"HTTP/1.1 200")


def test_an_offer_of_another_protocol_is_ignored(server: Server) -> None:
    """Java's HttpClient and curl --http2 offer HTTP/2 with the first request."""
    upgrade = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    with connect(server) as client:
        for asked in (request(more=upgrade), request()):
            client.sendall(asked)
            assert read_one(client).startswith(b"HTTP/1.1 200")
        client.sendall(request(more=upgrade) * 2000 + request(more="X-Last: 1\r\n"))
        found = b""
        while found.count(b"HTTP/1.1 200") < 2001:
            found += client.recv(1 << 20)
        begun = request(more=upgrade)
        client.sendall(begun[:-20])
        time.sleep(0.1)
        client.sendall(begun[-20:])
        assert b"connection: close" not in read_one(client).lower()


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET http://elsewhere/health/ping HTTP/1.1", b"200"),
        (b"GET /health%2Fping?x=1 HTTP/1.1", b"200"),
        (b"GET /%ff%00 HTTP/1.1", b"404"),
        (b"OPTIONS * HTTP/1.1", b"200"),
        (b"OPTIONS /predict HTTP/1.1", b"200"),
        (b"CONNECT example.org:443 HTTP/1.1", b"4"),
        (b"DELETE /predict HTTP/1.1", b"405"),
        (b"DELETE /docs HTTP/1.1", b"405"),
        (b"PUT /v1/models/churn/versions/a:b:predict HTTP/1.1", b"404"),
    ],
)
def test_any_target_and_method_has_a_response(server: Server, line: bytes, status: bytes) -> None:
    with connect(server) as client:
        client.sendall(line + b"\r\nHost: x\r\n\r\n")
        answer = read_one(client)
    assert answer.startswith(b"HTTP/1.1 " + status), answer
    assert b"\r\ndate: " in answer


def test_head_has_the_length_of_get(server: Server) -> None:
    found = httpx.get(f"{server.url}/metadata")
    head = httpx.head(f"{server.url}/metadata")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(found.content))


@pytest.mark.parametrize("pause_s", [0, 0.01])
def test_an_endless_header_is_rejected(server: Server, pause_s: float) -> None:
    with connect(server) as client:
        client.sendall(b"POST /predict HTTP/1.1\r\nHost: x\r\n")
        try:
            for number in range(60):
                client.sendall(b"X-%d: " % number + b"a" * 7000 + b"\r\n")
                time.sleep(pause_s)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 431"), answer[:200]


def test_endless_trailers_are_rejected(server: Server) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"%x\r\n%b\r\n0\r\n" % (len(BODY), BODY)
    for trailers in (b"X: " + b"a" * 500_000, b"X: y\r\n" * 100_000):
        with connect(server) as client:
            client.sendall(head + body + trailers)
            assert read_all(client).startswith(b"HTTP/1.1 431")
    with connect(server) as client:
        client.sendall(head + body + b"X: y\r\n\r\n")
        assert read_one(client).startswith(b"HTTP/1.1 200")


def test_a_header_beyond_the_limit_is_rejected(server: Server) -> None:
    with connect(server) as client:
        client.sendall(request(more="X-Long: " + "a" * 40_000 + "\r\n"))
        assert read_all(client).startswith(b"HTTP/1.1 431")
    with connect(server) as client:
        client.sendall(request(more="X-Long: " + "a" * 20_000 + "\r\n"))
        assert read_one(client).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("begun", [request()[:30], request()[:-5]], ids=["header", "body"])
def test_an_unfinished_request_is_a_408(server: Server, begun: bytes) -> None:
    with connect(server) as client:
        client.sendall(begun)
        answer = read_all(client)
    assert answer.startswith(b"HTTP/1.1 408"), answer


def test_a_request_that_arrives_byte_by_byte_times_out(server: Server) -> None:
    with connect(server) as client:
        begin = time.monotonic()
        try:
            for byte in request(more="X: " + "a" * 500 + "\r\n"):
                client.sendall(bytes([byte]))
                time.sleep(0.02)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert time.monotonic() - begin < 8


def test_many_slow_clients_do_not_delay_others(server: Server) -> None:
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
            # Longer than the timeout of a request.
            time.sleep(3)
        client.sendall(request())
        assert read_one(client).startswith(b"HTTP/1.1 200")


def test_chunks_form_one_body_within_the_limit(server: Server) -> None:
    head = b"POST /predict HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
    with connect(server) as client:
        client.sendall(head + chunks)
        assert read_one(client).startswith(b"HTTP/1.1 200")
    with connect(server) as client:
        client.sendall(head)
        for _ in range(100):
            client.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")
        # The server reads all of it, so that no reset overtakes the response.
        assert read_all(client).startswith(b"HTTP/1.1 413")


def test_connection_close_is_confirmed(server: Server) -> None:
    with connect(server) as client:
        client.sendall(request(more="Connection: close\r\n"))
        assert b"connection: close" in read_all(client).lower()


def load(server: Server, failed: list[str], answered: list[int]) -> None:
    """Send requests on one connection until a response announces that it will be closed."""
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


def test_a_stop_under_load_fails_no_request(world: World) -> None:
    running = Server(world.settings.home, ready=False, HOMESTEAD_DRAIN_S="5")
    failed: list[str] = []
    answered: list[int] = []
    clients = [threading.Thread(target=load, args=(running, failed, answered)) for _ in range(16)]
    for client in clients:
        client.start()
    running.wait(lambda: len(answered) > 50)
    with connect(running) as idle:
        running.stop_later()
        running.wait(lambda: httpx.get(f"{running.url}/v2/health/ready").status_code == 503)
        # The drain closes no connection before its client knows.
        idle.sendall(request())
        assert read_one(idle).startswith(b"HTTP/1.1 200")
    for client in clients:
        client.join(20)
    running.process.wait(30)
    assert failed == []
    assert set(answered) == {200}


def test_a_path_written_as_a_template_names_no_version(server: Server) -> None:
    for version, status in (("1", 200), ("{version}", 404), ("%7Bversion%7D", 404)):
        path = f"/v1/models/churn/versions/{version}:predict"
        assert httpx.post(f"{server.url}{path}", json={"instances": [FULL]}).status_code == status

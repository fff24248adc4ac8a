"""The page's server: GET alone, for this machine alone."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest

from homestead.errors import UserError
from homestead.steps.ui.responses import Response
from homestead.steps.ui.server import PageServer


@pytest.fixture
def server() -> Iterator[PageServer]:
    server = PageServer("127.0.0.1", 0, lambda target: Response(200, target.encode()))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _url(server: PageServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def test_a_get_is_answered_with_a_policy(server: PageServer) -> None:
    with httpx.Client() as client:
        for _ in range(3):
            response = client.get(f"{_url(server)}/a?b=c")
            assert (response.status_code, response.text) == (200, "/a?b=c")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "unsafe" not in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_no_other_method_is_allowed(server: PageServer, method: str) -> None:
    response = httpx.request(method, f"{_url(server)}/", content=b"GET / HTTP/1.1\r\n\r\n")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET"


def test_an_unknown_method_is_refused(server: PageServer) -> None:
    assert httpx.request("PURGE", _url(server)).status_code == 501


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("localhost:80", 200), ("127.0.0.1:1", 200), ("evil.example", 421)],
)
def test_a_page_of_another_host_cannot_read_this_one(
    server: PageServer, host: str, status: int
) -> None:
    # A web page may let its own name point to this machine (DNS rebinding).
    assert httpx.get(_url(server), headers={"Host": host}).status_code == status


def test_an_address_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=rf"--port {port}: 127.0.0.1:{port} is in use"):
            PageServer("127.0.0.1", port, lambda _: Response(200, b""))

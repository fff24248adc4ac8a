"""Listening sockets: taken ports, Unix sockets that are stale or in use, and open files."""

import resource
import socket
from pathlib import Path

import pytest

from homestead.errors import UserError
from homestead.serving.network.listeners import (
    connection_limit,
    show_address,
    tcp_listener,
    unix_listener,
)


def test_a_port_in_use_is_a_user_error_that_names_it() -> None:
    with tcp_listener("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with (
            pytest.raises(UserError, match=f"--port {port}: 127.0.0.1:{port} is in use: process"),
            tcp_listener("127.0.0.1", port),
        ):
            pass


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
def test_an_address_is_shown_as_a_url(host: str, shown: str) -> None:
    with tcp_listener(host, 0) as listener:
        assert show_address(listener) == f"http://{shown}:{listener.getsockname()[1]}"


def test_the_file_of_a_unix_socket_lasts_as_long_as_its_server(tmp_path: Path) -> None:
    path = tmp_path / "of a server"
    with unix_listener(path) as listener:
        assert show_address(listener) == f"socket {path}"
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
    assert not path.exists()


def test_the_socket_of_a_dead_server_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with unix_listener(path), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_a_socket_in_use_a_file_and_a_wrong_path_are_errors(tmp_path: Path) -> None:
    with (
        unix_listener(tmp_path / "s"),
        pytest.raises(UserError, match="/s: another server listens on it"),
        unix_listener(tmp_path / "s"),
    ):
        pass
    (tmp_path / "file").write_text("kept")
    with pytest.raises(UserError, match="no socket"), unix_listener(tmp_path / "file"):
        pass
    assert (tmp_path / "file").read_text() == "kept"
    for path in (tmp_path / "missing" / "s", tmp_path / ("long" * 40)):
        with pytest.raises(UserError, match="socket /"), unix_listener(path):
            pass


def test_a_socket_that_another_server_has_made_stays(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with unix_listener(path):
        path.unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
    assert path.exists()


def test_connections_fit_below_the_limit_of_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [1024, 2048]
    monkeypatch.setattr(resource, "getrlimit", lambda _: tuple(limits))
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: limits.__setitem__(slice(None), new))
    assert connection_limit(1000) == 1000
    assert connection_limit(4096) == 2048 - 256
    assert limits == [2048, 2048]

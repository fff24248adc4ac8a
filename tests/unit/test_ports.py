"""Why a port cannot be listened on, and what to do."""

import errno
import os
import socket

import pytest

from homestead.ports import listen_failure, port_owner


def test_the_process_that_has_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert f"process {os.getpid()} (" in str(port_owner(port))
        in_use = OSError(errno.EADDRINUSE, "Address already in use")
        text = listen_failure("127.0.0.1", port, in_use, "--metrics-port")
    assert f"--metrics-port {port}: 127.0.0.1:{port} is in use: process {os.getpid()}" in text
    assert text.endswith("end it, or choose another --metrics-port")


def test_a_free_port_has_no_owner() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert port_owner(port) is None


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OSError(errno.EACCES, "Permission denied"), "choose a port from 1024 on"),
        (OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address"), "0.0.0.0 for every"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "--host box: Name or"),
    ],
)
def test_each_refusal_has_its_remedy(error: OSError, remedy: str) -> None:
    assert remedy in listen_failure("box", 80, error)

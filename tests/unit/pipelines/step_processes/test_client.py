"""What the stand-in for a process asks for and reads; test_warm_process says what it does."""

import socket
import subprocess
import sys

import pytest

from homestead.pipelines.step_processes import client


@pytest.mark.parametrize(
    ("first", "module"),
    [("kfp.dsl.executor_main", client.EXECUTOR), ("homestead", "homestead")],
)
def test_the_runners_name_of_the_executor_stands_for_ours(first: str, module: str) -> None:
    assert client.module_of([first, "--option"]) == module


def test_a_number_comes_in_pieces_or_not_at_all() -> None:
    near, far = socket.socketpair()
    with near, far:
        content = client.NUMBER.pack(7)
        for byte in content:
            far.sendall(bytes([byte]))
        assert client.read_number(near) == 7
        far.sendall(content[:1])
        far.shutdown(socket.SHUT_WR)
        with pytest.raises(EOFError):
            client.read_number(near)


def test_the_client_imports_nothing_but_the_standard_library() -> None:
    code = f"import runpy, sys; runpy.run_path({client.__file__!r}); print(*sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", code]
    modules = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    names = {name.partition(".")[0] for name in modules}
    assert names <= {*sys.stdlib_module_names, "__main__"}

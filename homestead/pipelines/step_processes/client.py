"""Stand-in for a process: asks the warm process for a fork, and ends as the fork ends.

The local runner starts it by its path with ``python -I -S``, which takes 20 ms, so it imports
nothing but the standard library. Without a warm process it becomes the step itself.
"""

import contextlib
import json
import os
import signal
import socket
import struct
import sys

SOCKET = "HOMESTEAD_STEP_SOCKET"
EXECUTOR = "homestead.pipelines.step_processes.executor"  # the module that runs a step
# What the runner calls it: it takes only commands that name Kubeflow's.
_RUNNERS_NAME = "kfp.dsl.executor_main"
# A length before the request; the process id, then the wait status, as answers.
NUMBER = struct.Struct("!i")
_STREAMS = (0, 1, 2)


def main() -> None:
    """Run the module that the command line names, with the arguments that follow."""
    arguments = sys.argv[1:]
    try:
        connection, pid = _request(arguments)
    except (KeyError, OSError, EOFError):
        # Nothing was started, so that nothing runs twice.
        command = [sys.executable, "-m", module_of(arguments), *arguments[1:]]
        os.execv(sys.executable, command)  # noqa: S606
    # The terminal sends SIGINT to the step, too.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _: os.kill(pid, number))
    try:
        code = os.waitstatus_to_exitcode(read_number(connection))
    except (OSError, EOFError):
        sys.exit("the process that starts the steps has ended")
    if code < 0:
        with contextlib.suppress(OSError):  # SIGKILL has no handler
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)


def module_of(arguments: list[str]) -> str:
    """Return the module that a command line asks for."""
    return EXECUTOR if arguments[0] == _RUNNERS_NAME else arguments[0]


def _request(arguments: list[str]) -> tuple[socket.socket, int]:
    """Ask for a step with this process's environment, folder and streams; return its process id."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(os.environ[SOCKET])
    request = {"arguments": arguments, "environment": dict(os.environ), "folder": os.getcwd()}
    content = json.dumps(request).encode()
    socket.send_fds(connection, [NUMBER.pack(len(content))], _STREAMS)
    connection.sendall(content)
    return connection, read_number(connection)


def read_number(connection: socket.socket) -> int:
    """Return the next number.

    Raises:
        EOFError: the other side has closed the connection.
    """
    return int(NUMBER.unpack(read_exactly(connection, NUMBER.size))[0])


def read_exactly(connection: socket.socket, size: int) -> bytes:
    """Return the next bytes.

    Raises:
        EOFError: the other side has closed the connection.
    """
    content = b""
    while len(content) < size:
        if not (part := connection.recv(size - len(content))):
            raise EOFError
        content += part
    return content


if __name__ == "__main__":
    main()

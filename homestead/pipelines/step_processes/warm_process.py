"""Start and end of the warm process that forks the steps of local runs."""

import contextlib
import logging
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from homestead.pipelines.step_processes import client, server
from homestead.threads import thread_variables

_LOG = logging.getLogger(__name__)
PARALLEL_STEPS = 2  # iterations of a loop that the local runner executes at a time
_BACKLOG = 16
_CLIENT = "HOMESTEAD_STEP_CLIENT"
# A step's command before and after. The path is a variable, because the local runner replaces
# "python3" wherever it stands in a command.
COLD_COMMAND = "python3 -m kfp.dsl.executor_main"
# Without a warm process: takes over what an earlier attempt of the run finished.
# The local runner takes only commands that name Kubeflow's executor.
LOCAL_COMMAND = f"python3 -m {client.EXECUTOR} --in-place-of kfp.dsl.executor_main"
WARM_COMMAND = f'python3 -I -S "${_CLIENT}" kfp.dsl.executor_main'


@contextlib.contextmanager
def warm_process(*, forks_runs: bool = False) -> Iterator[bool]:
    """Keep a warm process for the block, which steps find by environment variables.

    A block within, in a child process too, uses the same one.

    Args:
        forks_runs: whether it also imports what a run's own process needs; see
            :func:`homestead_command`.

    Yields:
        whether there is one; not where processes cannot be forked safely (macOS), so that each step
        starts from nothing.
    """
    if client.SOCKET in os.environ or not hasattr(os, "pidfd_open"):
        yield client.SOCKET in os.environ
        return
    with tempfile.TemporaryDirectory(prefix="homestead-") as folder:
        path = str(Path(folder) / "steps")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(_BACKLOG)
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", server.__name__, str(listener.fileno())),
                    *([server.RUNS] if forks_runs else []),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                env={**os.environ, **thread_variables(PARALLEL_STEPS)},
            )
        variables = {client.SOCKET: path, _CLIENT: client.__file__}
        os.environ.update(variables)
        try:
            yield True
        finally:
            for name in variables:
                del os.environ[name]
            _end(process)


def homestead_command(*arguments: str) -> list[str]:
    """Return the command of a ``homestead`` process, forked from the warm process if there is one.

    Forked, it is there at once in place of importing for seconds.
    """
    if client.SOCKET in os.environ:
        return [sys.executable, "-I", "-S", client.__file__, "homestead", *arguments]
    return [sys.executable, "-m", "homestead", *arguments]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the warm process, which no step needs any more and which may be importing."""
    if code := process.poll():
        _LOG.warning("steps were slow to start: the process that forks them ended with %d", code)
    process.terminate()
    process.communicate()

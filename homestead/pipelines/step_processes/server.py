"""Warm process: imports what steps need, and forks a process for each step.

Imports take longer than most steps: 0.5 s for Kubeflow's SDK, 3 s for MLflow, 3 s for Feast. The
warm process does nothing else, so it has no threads and no connections that a fork would break. It
imports while no step starts, and ends when its standard input ends.
"""

import contextlib
import gc
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import sys
import tempfile
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from homestead.pipelines.step_processes.client import EXECUTOR, NUMBER, module_of, read_exactly
from homestead.pipelines.step_processes.process_end import run_and_end
from homestead.threads import is_safe_to_fork

# What the first step needs: it would import the same at the same time, on the other core.
NEEDED_AT_ONCE = (
    "homestead.pipelines.step_processes.kfp_import:import_kfp",
    "kfp.dsl.executor_main",
    "homestead.pipelines.step_processes.executor",
    "homestead.components.reuse.parts",
    "homestead.components.progress",
    "homestead.problem.loader",
    "homestead.tracking.runs",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
    "homestead.steps.open_run",
)
# Modules, and functions to call, in the order in which a run's later steps need them.
NEEDED = (
    "homestead.steps.ingest",
    "matplotlib.pyplot",
    "homestead.steps.training_set",
    "homestead.components.reuse.trainings",
    "homestead.steps.train",
    "sklearn.ensemble",
    "sklearn.linear_model",
    "homestead.steps.materialize",
    "homestead.features.feast_objects:load_feast",
    "feast.infra.offline_stores.dask",
    "feast.infra.online_stores.sqlite",
    "homestead.steps.select",
    # What MLflow looks up, for a second, in each process that logs a model.
    "mlflow.utils.requirements_utils:_init_modules_to_packages_map",
    "mlflow.utils.databricks_utils:is_running_in_ipython_environment",
    "homestead.steps.evaluate",
    "homestead.components.figures",
    "homestead.steps.register",
    "homestead.steps.release",
)
RUNS = "runs"  # argument of a warm process that forks whole runs, too
NEEDED_BY_RUNS = (
    "homestead.cli.loop.retraining_commands",
    "homestead.pipelines.retraining.check",
    "homestead.pipelines.retraining.local_runs",
    "kfp.components",
    "kfp.local",
)
_REQUEST_TIMEOUT_S = 10


@dataclass(frozen=True)
class StepRequest:
    """What a process takes over from the client that asked for it."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    streams: tuple[int, ...]

    @classmethod
    def receive(cls, connection: socket.socket) -> "StepRequest":
        """Return the request of a client.

        Raises:
            EOFError: the client has closed the connection.
            OSError: it said nothing for ten seconds.
        """
        connection.settimeout(_REQUEST_TIMEOUT_S)
        header, streams, _, _ = socket.recv_fds(connection, NUMBER.size, 3)
        header += read_exactly(connection, NUMBER.size - len(header))
        content = read_exactly(connection, NUMBER.unpack(header)[0])
        connection.settimeout(None)
        return cls(**json.loads(content), streams=tuple(streams))

    def close(self) -> None:
        """Close this process's copies of the client's streams."""
        for stream in self.streams:
            os.close(stream)

    def run(self) -> None:
        """Become the process that the client stands for: its module, with its arguments."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for target, stream in enumerate(self.streams):
            os.dup2(stream, target)
        self.close()
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        # Each process has a temporary folder and random numbers of its own.
        tempfile.tempdir = None
        if numpy := sys.modules.get("numpy"):
            numpy.random.seed()
        sys.argv = list(self.arguments)
        if (module := module_of(self.arguments)) != EXECUTOR:
            _open_streams()
            runpy.run_module(module, run_name="__main__", alter_sys=True)
            return
        from homestead.pipelines.step_processes.executor import main as execute

        execute()


class _WarmProcess:
    """Loop of the warm process: import, fork, and tell clients how their steps ended."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        # The kernel's state of an epoll selector would be shared with the forks.
        self._selector = selectors.PollSelector()
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        self._selector.register(listener, selectors.EVENT_READ)
        # Process id of each client's step, by a descriptor that is readable once it has ended.
        self._steps: dict[int, int] = {}

    def serve(self, at_once: Iterable[str], later: Iterable[str]) -> StepRequest | None:
        """Serve until standard input ends and return None, or in a fork return its request.

        Args:
            at_once: what to import before a client is answered.
            later: what to import while none waits.
        """
        for name in at_once:
            _load(name)
        missing = deque(later)
        while True:
            events = self._selector.select(0 if missing else None)
            if not events:
                _load(missing.popleft())
            for key, _ in events:
                if key.fileobj is sys.stdin:
                    for pid in self._steps.values():
                        os.kill(pid, signal.SIGTERM)
                    return None
                if key.fileobj is self._listener:
                    if request := self._accept():
                        return request
                elif key.fd in self._steps:
                    self._report_end(key.fd, connection=key.data)
                else:
                    # The client was killed: its step ends with it.
                    self._selector.unregister(key.fileobj)
                    os.kill(self._steps[key.data], signal.SIGKILL)

    def _accept(self) -> StepRequest | None:
        """Fork for the next client; return its request in the fork alone."""
        connection, _ = self._listener.accept()
        try:
            request = StepRequest.receive(connection)
        except (OSError, EOFError):
            connection.close()
            return None
        if not is_safe_to_fork():
            # The client then becomes the step itself.
            connection.close()
            request.close()
            return None
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            connection.close()
            for key in list(self._selector.get_map().values()):
                if key.fileobj is not sys.stdin:
                    self._close(key.fileobj)
            return request
        request.close()
        ended = os.pidfd_open(pid)
        self._steps[ended] = pid
        self._selector.register(ended, selectors.EVENT_READ, connection)
        self._selector.register(connection, selectors.EVENT_READ, ended)
        with contextlib.suppress(OSError):
            connection.sendall(NUMBER.pack(pid))
        return None

    def _report_end(self, ended: int, connection: socket.socket) -> None:
        """Tell a client how its step ended."""
        _, status = os.waitpid(self._steps.pop(ended), 0)
        self._close(ended)
        with contextlib.suppress(OSError):
            connection.sendall(NUMBER.pack(status))
        self._close(connection)

    def _close(self, file: Any) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(file)
        if isinstance(file, int):
            os.close(file)
        else:
            file.close()


def _open_streams() -> None:
    """Open standard output and error anew: Python's own are those of the file they began with."""
    encoding, buffering = sys.stdout.encoding, 1 if os.isatty(1) else -1
    sys.stdout = open(1, "w", buffering, encoding=encoding, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding=encoding, errors="backslashreplace", closefd=False)  # noqa: SIM115


def _load(name: str) -> None:
    """Import a module, or call a function that imports."""
    # The step that needs it will say why it cannot be imported.
    with contextlib.suppress(Exception):
        if callable(loaded := pkgutil.resolve_name(name)):
            loaded()


def main() -> None:
    """Fork steps for the clients of the listening socket that is passed by number."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    listener = socket.socket(fileno=int(sys.argv[1]))
    # In a fork the step runs where the stack is as short as in a process of its own.
    later = (*NEEDED, *NEEDED_BY_RUNS) if RUNS in sys.argv else NEEDED
    if request := _WarmProcess(listener).serve(NEEDED_AT_ONCE, later):
        run_and_end(request.run)


if __name__ == "__main__":
    main()

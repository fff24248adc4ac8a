"""Supervision of the background worker by the server."""

import contextlib
import logging
import os
import subprocess
import sys
import threading
from typing import IO

import msgspec

from homestead.prediction_log.shipping_status import ShippingStatus
from homestead.serving.background.log_monitor import LogMonitor
from homestead.serving.background.metric_readings import WorkerReport, set_gauges
from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.models.plan_state import PlanState

_LOG = logging.getLogger(__name__)
_WORKER_MODULE = "homestead.serving.background.worker"
_RESTART_DELAY_S = 5.0
# Argument of a worker for whose end the server waits.
HURRIED = "--hurried"


class WorkerSupervisor(threading.Thread):
    """Keeps :mod:`homestead.serving.background.worker` running and exposes what it tells.

    The worker runs at idle priority until the server is about to stop, unless
    ``HOMESTEAD_WORKER_PRIORITY`` is ``normal``.
    """

    def __init__(self, problem: str, metrics: ServerMetrics, log_monitor: LogMonitor) -> None:
        super().__init__(daemon=True, name="worker-supervisor")
        self._problem = problem
        self._metrics = metrics
        self._hurried, self._stopping = threading.Event(), threading.Event()
        # Held where a worker is started, so that none is overlooked.
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._state: bytes = b""
        self._log_monitor = log_monitor

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, None while it does not run."""
        process = self._process
        return None if process is None or process.returncode is not None else process.pid

    def run(self) -> None:
        """Start the worker, and start it again a little later whenever it ends."""
        owner = self._log_monitor.spool.owner
        command = [sys.executable, "-m", _WORKER_MODULE, self._problem, owner]
        is_last = False
        while not is_last:
            with self._lock:
                is_hurried = self._hurried.is_set()
                process = subprocess.Popen(
                    [*command, HURRIED] if is_hurried else command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    encoding="utf-8",
                )
                self._process = process
                self._tell_state()
                if self._stopping.is_set():
                    _close_input(process)
            assert process.stdout is not None  # noqa: S101
            self._expose(process.stdout)
            code = process.wait()
            _close_input(process)
            process.stdout.close()
            # A worker that was killed because it could not be hurried has not shipped the rest.
            is_last = self._stopping.is_set() and (is_hurried or code == 0)
            if not is_last and not self._hurried.wait(_RESTART_DELAY_S):
                _LOG.error("background worker exited with code %s, restarting it", code)

    def tell(self, state: PlanState) -> None:
        """Tell the worker what the server has in effect."""
        with self._lock:
            self._state = state.to_line()
            self._tell_state()

    def _tell_state(self) -> None:
        process = self._process
        if process is None or process.stdin is None or process.stdin.closed:
            return
        # A worker that is stuck must not block the server; a new one is told again.
        os.set_blocking(process.stdin.fileno(), False)
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            os.write(process.stdin.fileno(), self._state)

    def hurry(self) -> None:
        """Give the worker normal priority, because the server is about to stop."""
        with self._lock:
            is_first = not self._hurried.is_set()
            self._hurried.set()
            if is_first and self._process is not None and not _raise_priority(self._process.pid):
                # Another one takes over. Rows are shipped by key, so none is lost or doubled.
                self._process.kill()

    def stop(self, timeout_s: float) -> None:
        """Let the worker ship the rest of the spool and exit.

        Nothing may be appended to the spool afterwards.

        Args:
            timeout_s: what is not shipped in this time, the next server's worker ships.
        """
        self.hurry()
        with self._lock:
            self._stopping.set()
            if self._process is not None:
                _close_input(self._process)
        self.join(timeout_s)
        if self.is_alive():
            _LOG.warning(
                "prediction log not completely shipped after %g s; the next server ships the rest",
                timeout_s,
            )
            with self._lock:
                if self._process is not None:
                    self._process.kill()

    def _expose(self, output: IO[str]) -> None:
        shipping = ShippingStatus()
        for line in output:
            report = msgspec.json.decode(line, type=WorkerReport)
            set_gauges(self._metrics, self._problem, report.readings)
            self._log_monitor.accept(report.shipping, shipping)
            shipping = report.shipping


def _raise_priority(pid: int) -> bool:
    """Try to end a process's idle priority, which takes a privilege."""
    try:
        os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))
    except (AttributeError, OSError):  # macOS has no such policies
        return False
    return True


def _close_input(worker: subprocess.Popen[str]) -> None:
    """Tell a worker that there is nothing more to come."""
    if worker.stdin is not None:
        worker.stdin.close()

"""Supervision of the background worker by the server."""

import logging
import os
import subprocess
import sys
import threading
from typing import IO

from homestead.serving.background.metric_readings import set_gauges
from homestead.serving.metric_registry import ServerMetrics

_LOG = logging.getLogger(__name__)
_WORKER_MODULE = "homestead.serving.background.worker"
_RESTART_DELAY_S = 5.0
# What the worker cannot ship in this time at the server's end, the next server's worker ships.
_FINAL_SHIPPING_S = 10.0


class WorkerSupervisor(threading.Thread):
    """Keeps :mod:`homestead.serving.background.worker` running and exposes its gauge values."""

    def __init__(self, problem: str, metrics: ServerMetrics) -> None:
        super().__init__(daemon=True, name="worker-supervisor")
        self._problem = problem
        self._metrics = metrics
        self._stopping = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        metrics.gauge("homestead_prediction_log_lag_rows", problem)

    def run(self) -> None:
        """Start the worker, and start it again a little later whenever it ends."""
        command = [sys.executable, "-m", _WORKER_MODULE, self._problem, str(os.getpid())]
        while not self._stopping.is_set():
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            self._process = process
            assert process.stdout is not None  # noqa: S101
            self._expose(process.stdout)
            code = process.wait()
            if not self._stopping.wait(_RESTART_DELAY_S):
                _LOG.error("background worker exited with code %s, restarting it", code)

    def stop(self) -> None:
        """Let the worker ship the rest of the spool and exit.

        Nothing may be appended to the spool afterwards.
        """
        self._stopping.set()
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_FINAL_SHIPPING_S)
        except subprocess.TimeoutExpired:
            _LOG.warning(
                "prediction log not completely shipped after %g s; the next server ships the rest",
                _FINAL_SHIPPING_S,
            )
            process.kill()

    def _expose(self, output: IO[str]) -> None:
        for line in output:
            set_gauges(self._metrics, self._problem, line)

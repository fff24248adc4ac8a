"""The server's end of the process that works beside it."""

import json
import logging
import math
import os
import subprocess
import sys
import threading
from typing import IO

from homestead.serving.metrics import ServerMetrics

_LOG = logging.getLogger(__name__)
_AGAIN_S = 5.0
# What is left in the spool after that is shipped by the next server.
_PATIENCE_S = 10.0


class WorkerSupervisor(threading.Thread):
    """Keeps :mod:`homestead.serving.background.worker` running, and exposes what it says."""

    def __init__(self, problem: str, metrics: ServerMetrics) -> None:
        super().__init__(daemon=True, name="companion")
        self._problem = problem
        self._metrics = metrics
        self._ended = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        metrics.gauge("prediction_log_lag_rows", problem)

    def run(self) -> None:
        command = [
            sys.executable,
            "-m",
            "homestead.serving.background.worker",
            self._problem,
            str(os.getpid()),
        ]
        while not self._ended.is_set():
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            self._process = process
            assert process.stdout is not None  # noqa: S101
            self._copy(process.stdout)
            code = process.wait()
            if not self._ended.wait(_AGAIN_S):
                _LOG.error("the process that ships the prediction log ended (%s), again", code)

    def stop(self) -> None:
        """Let it ship what is there, and end. Nothing may be appended afterwards."""
        self._ended.set()
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            _LOG.warning("the prediction log is not shipped yet; the next server goes on")
            process.kill()

    def _copy(self, output: IO[str]) -> None:
        for line in output:
            expose_readings(self._metrics, self._problem, line)


def expose_readings(metrics: ServerMetrics, problem: str, line: str) -> None:
    """Set the gauges that a line of :mod:`homestead.serving.background.worker` names; null is NaN."""
    for name, labels, value in json.loads(line):
        metrics.gauge(name, problem, *labels).set(math.nan if value is None else value)

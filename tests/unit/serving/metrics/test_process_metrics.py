"""Metrics of processes: read at the scrape, gone with the process, monotonic over its restarts."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from homestead.serving.metrics.metric_registry import ServerMetrics
from homestead.serving.metrics.process_metrics import ProcessMetrics

pytestmark = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs Linux' /proc")


def value(metrics: ServerMetrics, name: str) -> float | None:
    return metrics.registry.get_sample_value(name, {"model": "churn", "process": "worker"})


@contextmanager
def child_process() -> Iterator[int]:
    """Yield the id of another Python process that has started."""
    command = [sys.executable, "-c", "print('started', flush=True); input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"started\n"
        yield child.pid
        child.communicate(b"\n")


def test_a_process_is_read_at_each_scrape_and_vanishes_when_it_ends() -> None:
    metrics = ServerMetrics()
    pids: list[int | None] = [None]
    ProcessMetrics("churn", "worker", lambda: pids[0], metrics)
    assert value(metrics, "process_resident_memory_bytes") is None
    with child_process() as pid:
        pids[0] = pid
        assert (value(metrics, "process_resident_memory_bytes") or 0) > 1e6
        assert (value(metrics, "process_open_fds") or 0) >= 3
        assert (value(metrics, "process_start_time_seconds") or 0) > 1.6e9
    pids[0] = None
    assert value(metrics, "process_resident_memory_bytes") is None


def test_cpu_time_goes_on_when_the_process_is_started_anew() -> None:
    metrics = ServerMetrics()
    pids: list[int | None] = [os.getpid()]
    ProcessMetrics("churn", "worker", lambda: pids[0], metrics)
    ours = value(metrics, "process_cpu_seconds_total") or 0
    assert ours > 0.05
    with child_process() as pid:
        pids[0] = pid
        assert (value(metrics, "process_cpu_seconds_total") or 0) >= ours

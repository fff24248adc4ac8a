"""Seconds and peak memory of a command and all its children."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import psutil

# A peak between two looks is missed: short next to what is measured, and cheap on two cores.
_INTERVAL_S = 0.05


class Measured(NamedTuple):
    """What a command needed.

    Attributes:
        seconds: from its start to its end, its imports included.
        peak_mb: most resident memory of its process and children at one time, in MB (10^6 bytes).
            Pages that several of them share count in each.
        cpu_s: processor time of all of them, in seconds, of those that nobody waits for (Spark's
            Java) as they were last seen.
    """

    seconds: float
    peak_mb: float
    cpu_s: float


def measure(command: Sequence[str], environment: Mapping[str, str]) -> Measured:
    """Run a command to its end.

    Args:
        environment: variables beside those of this process.

    Raises:
        RuntimeError: it failed; the text is the end of what it said.
    """
    started, before = time.perf_counter(), os.times()
    process = subprocess.Popen(
        command, env={**os.environ, **environment}, stderr=subprocess.PIPE, encoding="utf-8"
    )
    peak, seen = 0, dict[int, float]()
    with process:
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _resident(watched, seen))
            try:
                process.wait(_INTERVAL_S)
            except subprocess.TimeoutExpired:
                continue
        seconds = time.perf_counter() - started
        said = process.stderr.read() if process.stderr else ""
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}: {said[-2000:]}")
    after = os.times()
    cpu_s = after.children_user + after.children_system
    cpu_s -= before.children_user + before.children_system
    return Measured(seconds, peak / 1e6, max(cpu_s, sum(seen.values())))


def _resident(process: psutil.Process, cpu_s: dict[int, float]) -> int:
    """Return the resident bytes of a process and its children; 0 for one that ended meanwhile.

    Args:
        cpu_s: gets the processor time of each so far, by its id.
    """
    total = 0
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for member in family:
        try:
            total += member.memory_info().rss
            cpu_s[member.pid] = sum(member.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return total

"""Measurement of a server: it runs on one core, and the load generator on the other."""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import httpx
import numpy as np

from benchmarks.serving.systems import HERE, SERVERS, Scenario, System
from benchmarks.serving.world import World
from homestead.errors import UserError

SERVER_CORE, LOAD_CORE = 0, 1
ROUNDS = 3
# Look-ups that a busy machine delays are refused by design; beyond this share the run is void.
MAX_FAILED_SHARE = 0.01
READY_TIMEOUT_S = 60


class Round(NamedTuple):
    """Figures of one round.

    Attributes:
        rps: requests per second.
        cpu_us: CPU time of all the server's processes per request in microseconds, which other
            work on the machine changes little.
        failed: requests without a successful response.
        p50_us, p99_us: latencies in microseconds.
    """

    rps: float
    cpu_us: float
    failed: float
    p50_us: float
    p99_us: float


def measure(system: System, world: World, seconds: float) -> dict[str, Any]:
    """Return a system's figures: start-up, memory, and medians of three rounds of each scenario.

    Raises:
        UserError: the server does not start, or its predictions are not the model's.
    """
    if system.prepare:
        command = system.prepare(world, system.bin())
        if command:
            subprocess.run(command, check=True, capture_output=True, env=_env(system, world))
    figures: dict[str, Any] = {"title": system.title, "start_s": {}, "scenarios": {}}
    with started(system, world) as (process, began_s):
        for scenario in system.scenarios:
            bodies = scenario.bodies(world)
            wait_until_ready(system, scenario, bodies[0], process)
            # The start-up time of a scenario is known only if no load delayed it: the first
            # scenario's, and below the one of look-ups by key.
            if not figures["scenarios"]:
                figures["start_s"][scenario.name] = round(time.monotonic() - began_s, 2)
            check_predictions(system, scenario, bodies, world)
            for connections in scenario.connections:
                rounds = _run_rounds(system, process.pid, scenario, bodies, connections, seconds)
                figures["scenarios"][f"{scenario.name}@{connections}"] = summarize(rounds)
        figures["memory_mb"] = round(_memory_mb(process.pid))
    by_key = [scenario for scenario in system.scenarios if scenario.by_key]
    if by_key and len(system.scenarios) > 1:
        with started(system, world) as (process, began_s):
            wait_until_ready(system, by_key[0], by_key[0].bodies(world)[0], process)
            figures["start_s"][by_key[0].name] = round(time.monotonic() - began_s, 2)
    return figures


@contextmanager
def started(system: System, world: World) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """Run a server; yield its process and the time of its start on the monotonic clock."""
    command = ["taskset", "-c", str(SERVER_CORE), *system.command(world)]
    with tempfile.TemporaryFile() as log:
        began_s = time.monotonic()
        process = subprocess.Popen(
            command, env=_env(system, world), stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process, began_s
        except UserError as error:
            log.seek(0)
            raise UserError(f"{error}\n{log.read().decode()[-2000:]}") from None
        finally:
            members = _session(process.pid)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            for pid in {*members, *_session(process.pid)}:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()


def _env(system: System, world: World) -> dict[str, str]:
    ours = ("HOMESTEAD_", "MLFLOW_")
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(ours)}
    return {
        **inherited,
        "PATH": f"{system.bin()}:{os.environ['PATH']}",
        "PYTHONPATH": f"{SERVERS.absolute()}:{HERE.parents[1].absolute()}",
        "PYTHONWARNINGS": "ignore",
        "DO_NOT_TRACK": "1",
        "OMP_NUM_THREADS": "1",
        "HOMESTEAD_DRAIN_S": "0",
        "MODEL": str(world.model),
        "HOMESTEAD_HOME": str(world.home(system.home).absolute()),
        **system.env,
    }


def wait_until_ready(system: System, scenario: Scenario, body: str, process: Any) -> None:
    """Wait for the first successful response to a request of a scenario.

    Raises:
        UserError: the server ends, or has not responded in time.
    """
    url, deadline = f"{system.url}{scenario.path}", time.monotonic() + READY_TIMEOUT_S
    last_response = "nothing"
    with httpx.Client(headers={"content-type": "application/json"}) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise UserError(f"{system.name}: exited with code {process.returncode}")
            try:
                response = client.post(url, content=body)
                if response.status_code == 200:
                    return
                last_response = f"{response.status_code} {response.text[:200]}"
            except httpx.TransportError:
                pass
            time.sleep(0.01)
    raise UserError(
        f"{system.name}: {scenario.name}: not ready after {READY_TIMEOUT_S} s, last response:"
        f" {last_response}"
    )


def check_predictions(system: System, scenario: Scenario, bodies: list[str], world: World) -> None:
    """Compare first and last prediction with the model's: a fast wrong answer must not win.

    Raises:
        UserError: a prediction differs.
    """
    headers = {"content-type": "application/json"}
    for index in (0, len(bodies) - 1):
        url = f"{system.url}{scenario.path}"
        response = httpx.post(url, content=bodies[index], headers=headers, timeout=30).json()
        values = np.array(scenario.read(response), dtype=float)
        if scenario.by_key or not len(values):
            continue
        expected = world.expected[index : index + 1]
        if scenario.rows > 1:
            expected = np.resize(world.expected, scenario.rows)
        if values.shape != expected.shape or not np.allclose(values, expected, rtol=1e-9):
            raise UserError(
                f"{system.name}: {scenario.name}: found {values[:2]}, the model's are"
                f" {expected[:2]}"
            )


@contextmanager
def bodies_file(bodies: list[str]) -> Iterator[str]:
    """Write bodies as lines of a temporary file for the load generator; yield its name."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(bodies) + "\n")
        file.flush()
        yield file.name


def run_round(
    system: System, pid: int, scenario: Scenario, bodies: str, connections: int, seconds: float
) -> Round:
    """Load a server for some seconds.

    Args:
        pid: the server's process, the leader of its session.
        bodies: name of a file from :func:`bodies_file`.

    Raises:
        UserError: too many requests failed.
    """
    cpu_before_s = _cpu_s(pid)
    measured = _wrk(f"{system.url}{scenario.path}", bodies, connections, seconds)
    requests, errors = measured["requests"], measured["errors"]
    if errors > MAX_FAILED_SHARE * requests:
        raise UserError(f"{system.name}: {scenario.name}: {errors:.0f} requests failed")
    return Round(
        rps=requests / measured["seconds"],
        cpu_us=1e6 * (_cpu_s(pid) - cpu_before_s) / max(requests, 1),
        failed=errors,
        p50_us=measured["p50"],
        p99_us=measured["p99"],
    )


def summarize(rounds: list[Round]) -> dict[str, float]:
    """Return the medians of rounds, and the slowest and the fastest."""
    speeds = [one.rps for one in rounds]
    return {
        "rps": round(median(speeds), 1),
        "rps_min": round(min(speeds), 1),
        "rps_max": round(max(speeds), 1),
        "cpu_us": round(median(one.cpu_us for one in rounds), 1),
        "failed": round(sum(one.failed for one in rounds)),
        "p50_us": round(median(one.p50_us for one in rounds)),
        "p99_us": round(median(one.p99_us for one in rounds)),
    }


def _run_rounds(
    system: System,
    pid: int,
    scenario: Scenario,
    bodies: list[str],
    connections: int,
    seconds: float,
) -> list[Round]:
    """Run the rounds of a scenario, after one that only warms up."""
    with bodies_file(bodies) as file:
        lengths = [min(1.0, seconds), *[seconds] * ROUNDS]
        rounds = [run_round(system, pid, scenario, file, connections, s) for s in lengths]
    return rounds[1:]


def _wrk(url: str, bodies: str, connections: int, seconds: float) -> dict[str, float]:
    command = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}"]
    options = [f"-d{max(1, round(seconds))}s", "--timeout", "10s", "-s", str(HERE / "load.lua")]
    done = subprocess.run(
        [*command, *options, url],
        env={**os.environ, "BODIES": bodies},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


@contextmanager
def paused(leader: int) -> Iterator[None]:
    """Stop the processes of a session, which otherwise go on shipping their logs, for a while."""
    members = _session(leader)
    for pid in members:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _cpu_s(leader: int) -> float:
    """Return the CPU time used by all processes of a session, including ended children."""
    ticks = 0
    for pid in _session(leader):
        with suppress(OSError):
            fields = (
                Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            )
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _session(leader: int) -> list[int]:
    """Return the living processes of a session, and all their living descendants."""
    parents: dict[int, int] = {}
    members = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
                if int(fields[3]) == leader:
                    members.add(int(entry.name))
    # BentoML's workers have sessions of their own.
    while more := {pid for pid, parent in parents.items() if parent in members} - members:
        members |= more
    return sorted(members)


def _memory_mb(leader: int) -> float:
    """Return the proportional set size of all processes of a session, in MB."""
    total = 0.0
    for pid in _session(leader):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return total

"""Start a server on one core, load it from the other, and note what happens."""

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
from typing import Any

import httpx
import numpy as np

from benchmarks.serving.systems import HERE, PORT, SERVERS, Scenario, System
from benchmarks.serving.world import World
from homestead.errors import UserError

SERVER_CORE, LOAD_CORE = 0, 1
ROUNDS = 3
# A look-up that a busy machine delays is refused by design; more than that is no measurement.
FAILED_SHARE = 0.01
PATIENCE_S = 60


def measure(system: System, world: World, seconds: float) -> dict[str, Any]:
    """A system's figures: start-up and memory, and each scenario's medians of three rounds.

    Raises:
        UserError: it does not start, or answers with something else than the model does.
    """
    if system.prepare:
        command = system.prepare(world, system.bin())
        if command:
            subprocess.run(command, check=True, capture_output=True, env=_env(system, world))
    found: dict[str, Any] = {"title": system.title, "start_s": {}, "scenarios": {}}
    with _started(system, world) as (process, began):
        for scenario in system.scenarios:
            bodies = scenario.bodies(world)
            _wait(system, scenario, bodies[0], process)
            # Every kind of request is asked for from the start on: the first one of a kind says
            # when that kind was ready, unless an earlier scenario's load came between.
            if not found["scenarios"]:
                found["start_s"][scenario.name] = round(time.monotonic() - began, 2)
            _check(system, scenario, bodies, world)
            for connections in scenario.connections:
                rounds = _rounds(process.pid, scenario, bodies, connections, seconds)
                found["scenarios"][f"{scenario.name}@{connections}"] = rounds
        found["memory_mb"] = round(_memory(process.pid))
    by_key = [scenario for scenario in system.scenarios if scenario.by_key]
    if by_key and len(system.scenarios) > 1:
        with _started(system, world) as (process, began):
            _wait(system, by_key[0], by_key[0].bodies(world)[0], process)
            found["start_s"][by_key[0].name] = round(time.monotonic() - began, 2)
    return found


@contextmanager
def _started(system: System, world: World) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    command = ["taskset", "-c", str(SERVER_CORE), *system.command(world)]
    with tempfile.TemporaryFile() as log:
        began = time.monotonic()
        process = subprocess.Popen(
            command, env=_env(system, world), stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process, began
        except UserError as error:
            log.seek(0)
            raise UserError(f"{error}\n{log.read().decode()[-2000:]}") from None
        finally:
            started = _session(process.pid)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            for pid in {*started, *_session(process.pid)}:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.wait()


def _env(system: System, world: World) -> dict[str, str]:
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("HOMESTEAD_", "MLFLOW_"))}
    return {
        **kept,
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


def _wait(system: System, scenario: Scenario, body: str, process: Any) -> None:
    url, deadline = f"http://127.0.0.1:{PORT}{scenario.path}", time.monotonic() + PATIENCE_S
    said = "nothing"
    with httpx.Client(headers={"content-type": "application/json"}) as client:
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise UserError(f"{system.name}: ended with code {process.returncode}")
            try:
                answer = client.post(url, content=body)
                if answer.status_code == 200:
                    return
                said = f"{answer.status_code} {answer.text[:200]}"
            except httpx.TransportError:
                pass
            time.sleep(0.01)
    raise UserError(f"{system.name}: {scenario.name}: not ready after {PATIENCE_S} s: {said}")


def _check(system: System, scenario: Scenario, bodies: list[str], world: World) -> None:
    """A fast wrong answer must not win."""
    headers = {"content-type": "application/json"}
    for at in (0, len(bodies) - 1):
        url = f"http://127.0.0.1:{PORT}{scenario.path}"
        answer = httpx.post(url, content=bodies[at], headers=headers, timeout=30).json()
        values = np.array(scenario.read(answer), dtype=float)
        if scenario.by_key or not len(values):
            continue
        expected = world.expected[at : at + 1]
        if scenario.rows > 1:
            expected = np.resize(world.expected, scenario.rows)
        if values.shape != expected.shape or not np.allclose(values, expected, rtol=1e-9):
            raise UserError(
                f"{system.name}: {scenario.name}: found {values[:2]}, the model says {expected[:2]}"
            )


def _rounds(
    leader: int, scenario: Scenario, bodies: list[str], connections: int, seconds: float
) -> dict[str, float]:
    """Medians of the rounds, after one that is not counted; latencies in microseconds."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(bodies) + "\n")
        file.flush()
        rounds = []
        for number in range(ROUNDS + 1):
            length = seconds if number else min(1.0, seconds)
            before = _cpu(leader)
            found = _wrk(scenario.path, file.name, connections, length)
            if found["errors"] > FAILED_SHARE * found["requests"]:
                raise UserError(f"{scenario.name}: {found['errors']:.0f} requests failed")
            found["cpu"] = (_cpu(leader) - before) / max(found["requests"], 1)
            rounds.append(found)
    counted = rounds[1:]
    speeds = [one["requests"] / one["seconds"] for one in counted]
    return {
        "rps": round(median(speeds), 1),
        "rps_min": round(min(speeds), 1),
        "rps_max": round(max(speeds), 1),
        # What a request costs, which other work on the machine changes little.
        "cpu_us": round(1e6 * median(one["cpu"] for one in counted), 1),
        "failed": round(sum(one["errors"] for one in counted)),
        "p50_us": round(median(one["p50"] for one in counted)),
        "p99_us": round(median(one["p99"] for one in counted)),
    }


def _wrk(path: str, bodies: str, connections: int, seconds: float) -> dict[str, float]:
    command = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}"]
    options = [f"-d{max(1, round(seconds))}s", "--timeout", "10s", "-s", str(HERE / "load.lua")]
    done = subprocess.run(
        [*command, *options, f"http://127.0.0.1:{PORT}{path}"],
        env={**os.environ, "BODIES": bodies},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _cpu(leader: int) -> float:
    """Seconds of CPU time that all processes of a session have used, their ended children's too."""
    total = 0
    for pid in _session(leader):
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(field) for field in fields[11:15])
    return total / os.sysconf("SC_CLK_TCK")


def _session(leader: int) -> list[int]:
    """A process and all that it started and that lives: its session, and its descendants."""
    parents: dict[int, int] = {}
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
                if int(fields[3]) == leader:
                    found.add(int(entry.name))
    # BentoML's workers have sessions of their own.
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def _memory(leader: int) -> float:
    """Proportional set size of all processes of a session, MB."""
    total = 0.0
    for pid in _session(leader):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return total

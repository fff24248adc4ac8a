"""Time fits with each setting on a free and on a busy machine: ``make bench-threads``."""

import contextlib
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from benchmarks.threads import fit
from homestead.threads import cpu_limit

RESULTS = Path(__file__).parent / "results"
# A fit of half a second that takes longer than this is stopped, and counts as this.
LIMIT_S = 10.0
CORES = cpu_limit()
OURS = "passive (Homestead)"
SETTINGS: dict[str, dict[str, str]] = {
    "library defaults": {},
    OURS: {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": str(CORES)},
    "one thread": {"OMP_NUM_THREADS": "1"},
}
_VARIABLES = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@contextlib.contextmanager
def busy_processes(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Keep cores busy with processes that only count."""
    command = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(command) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def fit_s(setting: dict[str, str]) -> float:
    """Return the seconds of a fit in a process with this environment, at most ``LIMIT_S``."""
    environment = {n: v for n, v in os.environ.items() if n not in _VARIABLES} | setting
    command = [sys.executable, fit.__file__, str(LIMIT_S)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False)
    return LIMIT_S if done.returncode == -signal.SIGALRM else float(done.stdout)


def table(medians: dict[str, dict[str, float]]) -> str:
    """Return the medians as Markdown, with the ratio to our setting beside a busy process."""

    def shown(seconds: float) -> str:
        return f"over {LIMIT_S:.0f}" if seconds >= LIMIT_S else f"{seconds:.2f}"

    lines = ["| threads | free, s | one busy process, s | times ours |", "|---|---|---|---|"]
    for name, seconds in medians.items():
        free, busy = seconds["free"], seconds["busy"]
        lines.append(
            f"| {name} | {shown(free)} | {shown(busy)} | {busy / medians[OURS]['busy']:.1f} |"
        )
    return "\n".join(lines)


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Fits with each setting and state.")
def main(rounds: int) -> None:
    """Time fits with each setting, in turns, and write ``results/threads.json`` and ``.md``."""
    seconds: dict[str, dict[str, list[float]]] = {
        name: {"free": [], "busy": []} for name in SETTINGS
    }
    load = os.getloadavg()[0]
    for _ in range(rounds):
        for name, setting in SETTINGS.items():
            seconds[name]["free"].append(fit_s(setting))
            with busy_processes(1):
                seconds[name]["busy"].append(fit_s(setting))
    medians = {
        name: {state: statistics.median(values) for state, values in states.items()}
        for name, states in seconds.items()
    }
    figures = {
        "cores": CORES,
        "load_before": round(load, 2),
        "python": platform.python_version(),
        "rounds": rounds,
        "seconds": seconds,
        "medians": medians,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "threads.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (RESULTS / "threads.md").write_text(table(medians) + "\n", encoding="utf-8")
    click.echo(table(medians))


if __name__ == "__main__":
    main()

"""Seconds from a CSV file to the first served prediction, by command, as a new user types them.

``python -m benchmarks.quality.first_prediction`` writes ``first_prediction.json`` and ``.md`` to
``results/``, for each table of the gallery.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import httpx

from benchmarks.quality.__main__ import TABLES, TARGETS
from benchmarks.quality.report import RESULTS
from homestead.cli.demo.run import unseen_rows
from homestead.cli.demo.server import free_port, request_inputs
from homestead.problem.loader import load_problem

_READY_TIMEOUT_S = 120.0


def measure(name: str, tables: Path) -> dict[str, float]:
    """Return the seconds of each command for one table, and their sum as ``total``.

    Raises:
        CalledProcessError: a command failed.
        HTTPStatusError: the server refused the request.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"HOMESTEAD_HOME": str(Path(folder) / "home")}
        path = Path(folder) / f"{name}.yaml"
        problem = ("--problem", str(path))
        table = str(tables / f"{name}.csv")
        seconds = {}
        for verb, options in (
            ("init", (table, "--target", TARGETS[name], "--output", str(path))),
            ("validate", problem),
            ("train", problem),
        ):
            start = time.monotonic()
            subprocess.run(_command(verb, *options), check=True, env=environment, cwd=folder)
            seconds[verb] = round(time.monotonic() - start, 1)
        loaded = load_problem(path)
        inputs = request_inputs(unseen_rows(loaded).iloc[0], loaded, by_key=False)
        start = time.monotonic()
        port, metrics_port = free_port(), free_port()
        ports = ("--port", str(port), "--metrics-port", str(metrics_port))
        server = subprocess.Popen(_command("serve", *problem, *ports), env=environment, cwd=folder)
        try:
            _ask(f"http://127.0.0.1:{port}/predict", {"jsonData": inputs})
            seconds["serve and answer"] = round(time.monotonic() - start, 1)
        finally:
            server.terminate()
            server.wait()
    return seconds | {"total": round(sum(seconds.values()), 1)}


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "homestead", *arguments]


def _ask(url: str, body: dict[str, object]) -> None:
    """Ask as ``curl --retry`` does: until the server listens and has its model."""
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while True:
        try:
            response = httpx.post(url, json=body)
            if response.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                response.raise_for_status()
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url}: no answer in {_READY_TIMEOUT_S:g} s")
        time.sleep(0.1)


def table_text(tables: dict[str, dict[str, float]]) -> str:
    """Return the seconds as Markdown, with the median of each column."""
    verbs = list(next(iter(tables.values())))
    lines = [f"| table | {' | '.join(verbs)} |", f"|---|{'---|' * len(verbs)}"]
    medians = {verb: statistics.median(row[verb] for row in tables.values()) for verb in verbs}
    for name, row in {**tables, "median": medians}.items():
        lines.append(f"| {name} | {' | '.join(f'{row[verb]:.1f}' for verb in verbs)} |")
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--tables", type=click.Path(path_type=Path), default=TABLES)
def main(tables: Path) -> None:
    """Measure each table of the gallery."""
    RESULTS.mkdir(exist_ok=True)
    seconds = {}
    for name in sorted(TARGETS):
        seconds[name] = measure(name, tables)
        click.echo(f"{name}: {seconds[name]}")
        figures = {"cores": os.cpu_count(), "seconds": seconds}
        (RESULTS / "first_prediction.json").write_text(
            json.dumps(figures, indent=1) + "\n", encoding="utf-8"
        )
        (RESULTS / "first_prediction.md").write_text(table_text(seconds), encoding="utf-8")


if __name__ == "__main__":
    main()

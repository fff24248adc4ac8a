"""Measure servers one after the other and write the report: ``make bench-serving``."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

from benchmarks.serving import report
from benchmarks.serving.measure import LOAD_CORE, ROUNDS, measure
from benchmarks.serving.systems import SYSTEMS
from benchmarks.serving.world import prepare, redis
from homestead.errors import UserError

FOLDER = Path(".homestead/bench")


@click.command()
@click.option("--only", multiple=True, help="Measure these systems; others keep their figures.")
@click.option("--seconds", default=4.0, show_default=True, help="Length of a round.")
def main(only: tuple[str, ...], seconds: float) -> None:
    """Measure every system, or some of them, and write the report."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {"systems": {}}
    if only and report.FIGURES.exists():
        figures = json.loads(report.FIGURES.read_text(encoding="utf-8"))
    figures |= {"machine": report.machine(), "rounds": ROUNDS, "seconds": seconds}
    table = ""
    with redis(FOLDER, LOAD_CORE):
        world = prepare(FOLDER)
        for system in SYSTEMS:
            if only and system.name not in only:
                continue
            click.echo(f"{system.name} ...")
            load_before = os.getloadavg()[0]
            measured = measure(system, world, seconds)
            figures["systems"][system.name] = {
                **measured,
                "commit": report.commit(),
                "load_before": round(load_before, 2),
            }
            # After each, so that what was measured stays if a later one fails.
            table = report.write(figures)
    click.echo(table)


if __name__ == "__main__":
    # So that a server that is being measured does not outlive this process.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        main(standalone_mode=False)
    except UserError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(1)

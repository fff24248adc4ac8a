"""Time the demo from its command to its end: ``make bench-demo``."""

import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import click

from benchmarks.machine import described_machine
from benchmarks.measured_command import measure
from benchmarks.written_results import write_results

RESULTS = Path(__file__).parent / "results"
COMMAND = [sys.executable, "-m", "homestead", "demo", "--problem", "problems/house_price.yaml"]
LIMIT_S = 120.0


def report(rounds: list[dict[str, float]], load: float) -> dict[str, Any]:
    """Return what the JSON file holds.

    Args:
        rounds: seconds and CPU seconds of each.
        load: the machine's load average before the first.
    """
    seconds = statistics.median(found["seconds"] for found in rounds)
    return {
        "machine": described_machine(load),
        "rounds": rounds,
        "targets": [
            {
                "name": "make demo, after the installation",
                "limit": LIMIT_S,
                "measured": round(seconds, 1),
                "unit": "s",
            }
        ],
    }


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Demos, each in a new home.")
def main(rounds: int) -> None:
    """Run the demo some times and write ``results/demo.json``."""
    load = os.getloadavg()[0]
    found = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="homestead-bench-") as home:
            found.append(measure(COMMAND, {"HOMESTEAD_HOME": home}))
        click.echo(f"round {number + 1}: {found[-1]}", err=True)
    write_results(RESULTS / "demo.json", report(found, load))


if __name__ == "__main__":
    main()

"""Time a training run beside a plain script that does the same work: ``make bench-training``."""

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

import click

from benchmarks.machine import described_machine
from benchmarks.measured_command import measure
from benchmarks.written_results import write_results

RESULTS = Path(__file__).parent / "results"
PROBLEM = "problems/house_price.yaml"
LIMIT = 1.5
_TOLERANCE = 1e-9
OURS, PLAIN = "homestead train", "plain script"


def check_same_work(home: Path, folder: Path) -> None:
    """Require that both have found the same: candidates' scores, decision and holdout metrics.

    Raises:
        RuntimeError: they have not.
    """
    [written] = (home / "runs").glob("*/result.json")
    ours = json.loads(written.read_text(encoding="utf-8"))
    plain = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    metric = ours["metric"]
    pairs = [(c[metric], plain["validation"][c["name"]]) for c in ours["candidates"]]
    pairs += [
        (ours["champion_metrics"][name]["value"], plain["holdout"][name])
        for name in plain["holdout"]
        if name in ours["champion_metrics"]
    ]
    apart = [pair for pair in pairs if abs(pair[0] - pair[1]) > _TOLERANCE * abs(pair[0])]
    if apart or ours["decision"] != plain["decision"]:
        raise RuntimeError(f"not the same work: {apart or (ours['decision'], plain['decision'])}")


def ratios(rounds: list[dict[str, dict[str, float]]], figure: str) -> list[float]:
    """Return ours over the plain script's for each round."""
    return [round(found[OURS][figure] / found[PLAIN][figure], 3) for found in rounds]


def report(rounds: list[dict[str, dict[str, float]]], load: float) -> dict[str, object]:
    """Return what the JSON file holds.

    Args:
        rounds: seconds and CPU seconds by what was run.
        load: the machine's load average before the first round.
    """
    figures = ("seconds", "cpu_seconds")
    return {
        "machine": described_machine(load),
        "rounds": rounds,
        "medians": {
            name: {f: statistics.median(r[name][f] for r in rounds) for f in figures}
            for name in (OURS, PLAIN)
        },
        "ratios": {figure: ratios(rounds, figure) for figure in figures},
        "targets": [
            {
                "name": f"homestead train over the plain script, {figure.replace('_', ' ')}",
                "limit": LIMIT,
                "measured": round(statistics.median(ratios(rounds, figure)), 2),
                "unit": "ratio",
            }
            for figure in figures
        ],
    }


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Runs of each, in turns.")
def main(rounds: int) -> None:
    """Run both in turns and write ``results/training.json``."""
    load = os.getloadavg()[0]
    found: list[dict[str, dict[str, float]]] = []
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="homestead-bench-") as name:
            home, folder = Path(name) / "home", Path(name) / "plain"
            commands = {
                OURS: [sys.executable, "-m", "homestead", "train", "--problem", PROBLEM],
                PLAIN: [sys.executable, "-m", "benchmarks.training.plain", str(folder)],
            }
            # Which one is first changes: the machine's other load drifts.
            order = [OURS, PLAIN] if number % 2 == 0 else [PLAIN, OURS]
            measured = {
                which: measure(commands[which], {"HOMESTEAD_HOME": str(home)}) for which in order
            }
            check_same_work(home, folder)
        found.append(measured)
        click.echo(f"round {number + 1}: {measured}", err=True)
    write_results(RESULTS / "training.json", report(found, load))


if __name__ == "__main__":
    main()

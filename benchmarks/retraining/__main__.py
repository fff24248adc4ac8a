"""Table of simulated deployments: ``make bench-retraining``."""

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import click

from benchmarks.retraining.report import write_report
from benchmarks.retraining.simulation import FAULT_RATE, Outcome, memory_database, simulate
from tests.factories import flats_problem

_SEEDS_AT_ONCE = 125


def _simulate(first: int, rate: float, last: int) -> list[Outcome]:
    with memory_database() as engine:
        seeds = range(first, min(first + _SEEDS_AT_ONCE, last))
        return [simulate(engine, flats_problem(), seed, rate) for seed in seeds]


@click.command()
@click.option("--seeds", default=1000, show_default=True)
@click.option("--processes", default=os.cpu_count() or 1, show_default="one for each core")
def main(seeds: int, processes: int) -> None:
    """Simulate deployments without and with faults, and write the table and the plot."""
    outcomes = {}
    with ProcessPoolExecutor(processes) as pool:
        for rate in (0.0, FAULT_RATE, 2 * FAULT_RATE):
            parts = pool.map(
                partial(_simulate, rate=rate, last=seeds), range(0, seeds, _SEEDS_AT_ONCE)
            )
            outcomes[rate] = [outcome for part in parts for outcome in part]
            click.echo(f"fault rate {rate:g}: done")
    write_report(outcomes)


if __name__ == "__main__":
    main()

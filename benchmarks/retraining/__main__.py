"""Table of simulated deployments: ``make bench-retraining``."""

import click

from benchmarks.retraining.report import write_report
from benchmarks.retraining.simulation import FAULT_RATE, memory_database, simulate
from tests.factories import flats_problem


@click.command()
@click.option("--seeds", default=1000, show_default=True)
def main(seeds: int) -> None:
    """Simulate deployments without and with faults, and write the table and the plot."""
    outcomes = {}
    for rate in (0.0, FAULT_RATE / 2, FAULT_RATE, 2 * FAULT_RATE):
        with memory_database() as engine:
            outcomes[rate] = [
                simulate(engine, flats_problem(), seed, rate) for seed in range(seeds)
            ]
        click.echo(f"fault rate {rate:g}: done")
    write_report(outcomes)


if __name__ == "__main__":
    main()

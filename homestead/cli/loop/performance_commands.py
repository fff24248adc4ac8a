"""Command for the performance of what was served."""

import sys
from datetime import datetime

import click

from homestead.cli.error_handling import problem_option
from homestead.problem.schema import Problem
from homestead.settings import Settings


@click.command()
@problem_option
@click.option("--since", type=click.DateTime(), help="Start of the window (UTC).")
@click.option("--until", type=click.DateTime(), help="End of the window (UTC).")
@click.option(
    "--exit-zero",
    is_flag=True,
    help="Exit with code 0 whatever the verdict is, also before there is a champion.",
)
def performance(
    problem: Problem, since: datetime | None, until: datetime | None, exit_zero: bool
) -> None:
    """Compare the champion's performance on what it served with its certificate's promise.

    Exit code 0: fine; 3: harm; 4: inconclusive; 1: an error, or no champion.
    """
    from homestead.steps.performance.job import run_performance_job

    exit_code = run_performance_job(
        problem,
        Settings.read(),
        click.echo,
        since=since,
        until=until,
        require_champion=not exit_zero,
    )
    sys.exit(0 if exit_zero else exit_code)

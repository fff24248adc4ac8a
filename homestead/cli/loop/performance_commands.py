"""Command for the performance of what was served."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import command
from homestead.cli.shared.options import problem_option, problem_words, read_settings

if TYPE_CHECKING:
    from homestead.performance.report import PerformanceReport
    from homestead.problem.schema import Problem


@command("homestead performance", "homestead performance --since 2026-11-01 --until 2026-11-08")
@problem_option
@click.option("--since", type=click.DateTime(), help="Start of the window (UTC).")
@click.option("--until", type=click.DateTime(), help="End of the window (UTC).")
@click.option(
    "--exit-zero",
    is_flag=True,
    help="Exit with code 0 whatever the verdict is, also before there is a champion.",
)
def performance(
    problem: "Problem", since: datetime | None, until: datetime | None, exit_zero: bool
) -> None:
    """Compare the served performance with the certificate's promise.

    It is measured by labels, and estimated where there are none.

    Exit code 0: fine; 3: harm; 4: inconclusive; 1: an error, or no champion.
    """
    from homestead.steps.performance.job import run_performance_job

    report = run_performance_job(
        problem,
        read_settings(),
        click.echo,
        since=since,
        until=until,
        require_champion=not exit_zero,
    )
    if report is None:
        return
    for line in _next_lines(report):
        click.echo(line)
    sys.exit(0 if exit_zero else report.exit_code)


def _next_lines(report: "PerformanceReport") -> Iterator[str]:
    of = problem_words()
    if report.verdict == "harm":
        yield "next: homestead open performance shows since when, and for which rows"
        yield f'      homestead retrain cause "harm"{of} asks for a training run'
    elif report.verdict == "inconclusive":
        yield f"next: homestead labels add FILE{of} tells what became true"

"""Command that checks drift."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import command
from homestead.cli.shared.options import problem_option, problem_words, read_settings

if TYPE_CHECKING:
    from homestead.drift.result import DriftResult
    from homestead.problem.schema import Problem


@command("homestead drift", "homestead drift --problem churn.yaml --since 2026-11-01 --last 5000")
@problem_option
@click.option("--since", type=click.DateTime(), help="Start of the window (UTC).")
@click.option("--until", type=click.DateTime(), help="End of the window (UTC).")
@click.option("--last", type=click.IntRange(min=1), help="Only the last rows of the window.")
@click.option(
    "--exit-zero",
    is_flag=True,
    help="Exit with code 0 whatever the verdict is, also before there is a champion.",
)
def drift(
    problem: "Problem",
    since: datetime | None,
    until: datetime | None,
    last: int | None,
    exit_zero: bool,
) -> None:
    """Compare served rows with the champion's training rows.

    It lists the columns that drifted, with the size and the direction of the change, and writes a
    report with histograms of then and now.

    Exit code 0: no drift; 3: drift; 4: inconclusive (too few rows); 1: an error, or no champion.
    """
    from homestead.steps.commands.drift_job import run_drift_job

    result = run_drift_job(
        problem,
        read_settings(),
        click.echo,
        since=since,
        until=until,
        last=last,
        require_champion=not exit_zero,
    )
    if result is None:
        return
    for line in _next_lines(result, problem.drift.min_rows):
        click.echo(line)
    sys.exit(0 if exit_zero else result.exit_code)


def _next_lines(result: "DriftResult", min_rows: int) -> Iterator[str]:
    of = problem_words()
    has_drifted = result.calibrated is not None and result.calibrated.verdict == "drift"
    if result.verdict == "drift" or has_drifted:
        yield "next: homestead open drift shows each column then and now"
        yield f"      homestead performance{of} says whether predictions became worse"
        yield f'      homestead retrain cause "drift"{of} asks for a training run'
    elif result.verdict == "inconclusive":
        yield f"next: check again with {min_rows} rows or more (drift.min_rows), by a longer window"

"""Command that replays the table's time."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import command
from homestead.cli.shared.options import problem_option, read_settings

if TYPE_CHECKING:
    from homestead.problem.schema import Problem


@command(
    "homestead backtest --problem churn.yaml", "homestead backtest --start 2015-01-01 --period 30"
)
@problem_option
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day of the first training; by default after 40% of the table's time.",
)
@click.option(
    "--period",
    type=click.FloatRange(min=0.01),
    default=7,
    show_default=True,
    help="Days from one look of the loop to the next.",
)
@click.option(
    "--validation-days",
    type=click.IntRange(min=1),
    help="Days of validation of each training; by default as the problem's split has.",
)
@click.option(
    "--holdout-days",
    type=click.IntRange(min=1),
    help="Newest days, the holdout of each training; by default likewise.",
)
@click.option(
    "--candidate", "candidates", multiple=True, help="Train this candidate only; may be repeated."
)
@click.option("--seed", default=0, show_default=True, help="Seed of searches and estimators.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the results; by default below the home.",
)
def backtest(
    problem: "Problem",
    start: datetime | None,
    period: float,
    validation_days: int | None,
    holdout_days: int | None,
    candidates: tuple[str, ...],
    seed: int,
    output: Path | None,
) -> None:
    """Replay the table's time with and without retraining.

    The loop stands beside never retraining and retraining each month.
    """
    from homestead.reports.backtest.page import conclusion
    from homestead.steps.backtest.run import backtest_problem, run_backtest, write_backtest

    problem, timeline = backtest_problem(problem, candidates)
    moment = None if start is None else start.replace(tzinfo=UTC).timestamp()
    schedule = timeline.schedule(moment, period, validation_days, holdout_days)
    result = run_backtest(problem, timeline, schedule, _say, seed)
    settings = read_settings()
    folder = output or settings.folder("reports", problem.name, "backtest")
    for line in (*conclusion(result), *write_backtest(result, folder, settings.home)):
        click.echo(line)


def _say(line: str) -> None:
    click.echo(f"  {line}", err=True)

"""Commands for other trackers than MLflow."""

import click

from homestead.cli.error_handling import problem_option
from homestead.problem.schema import Problem
from homestead.settings import Settings


@click.command()
@problem_option
def mirror(problem: Problem) -> None:
    """Copy what Weights & Biases lacks of the problem's training runs; MLflow keeps them."""
    from homestead.steps.trackers.mirror import mirror_problem

    mirror_problem(problem, Settings.read(), click.echo)

"""Commands for labels: what became true after predictions."""

import click

from homestead.cli.error_handling import problem_option
from homestead.problem.schema import Problem
from homestead.settings import Settings


@click.group()
def labels() -> None:
    """Tell what became true after predictions, and see how much of it is known."""


@labels.command()
@click.argument("source")
@problem_option
def add(source: str, problem: Problem) -> None:
    """Join the outcomes in a table to the predictions that it names: all of them, or none.

    SOURCE is a file or a URI, as that of a problem. Its columns name predictions, by prediction_id
    or request_id (and row), or by the problem's key and a time; and hold the target.
    """
    from homestead.steps.labels.add import add_label_table

    add_label_table(problem, source, Settings.read(), click.echo)


@labels.command()
@problem_option
def status(problem: Problem) -> None:
    """Show how many predictions have a label, which labels wait, and which fit none."""
    from homestead.steps.labels.status import read_label_status

    for line in read_label_status(problem, Settings.read()).lines():
        click.echo(line)

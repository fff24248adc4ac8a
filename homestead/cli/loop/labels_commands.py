"""Commands for labels: what became true after predictions."""

import click

from homestead.cli.error_handling import PORT, problem_option
from homestead.names import LABELS_PORT
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


@labels.command()
@problem_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=PORT, default=LABELS_PORT, show_default=True, help="Port to listen on."
)
def serve(problem: Problem, host: str, port: int) -> None:
    """Take labels over HTTP, at POST /labels, from those who show HOMESTEAD_LABELS_TOKEN."""
    from homestead.serving.labels.main import serve_labels

    serve_labels(problem, Settings.read(), host, port)

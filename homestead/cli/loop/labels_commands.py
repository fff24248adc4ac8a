"""Commands for labels: what became true after predictions."""

from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import group
from homestead.cli.shared.options import PORT, problem_option, read_settings
from homestead.names import LABELS_PORT

if TYPE_CHECKING:
    from homestead.problem.schema import Problem


@group("homestead labels add outcomes.csv", "homestead labels status")
def labels() -> None:
    """Tell what became true after predictions, or how much is known."""


@labels.command(examples=("homestead labels add outcomes.csv --problem churn.yaml",))
@click.argument("source")
@problem_option
def add(source: str, problem: "Problem") -> None:
    """Join the outcomes of a table to predictions: all, or none.

    SOURCE is a file or a URI, as that of a problem. Its columns name predictions, by prediction_id
    or request_id (and row), or by the problem's key and a time; and hold the target.
    """
    from homestead.steps.labels.add import add_label_table

    add_label_table(problem, source, read_settings(), click.echo)


@labels.command(examples=("homestead labels status --problem churn.yaml",))
@problem_option
def status(problem: "Problem") -> None:
    """Show how many predictions have a label, and which labels wait.

    Labels that fit no prediction are listed with the reason.
    """
    from homestead.steps.labels.status import read_label_status

    for line in read_label_status(problem, read_settings()).lines():
        click.echo(line)


@labels.command(examples=("HOMESTEAD_LABELS_TOKEN=secret homestead labels serve --port 9004",))
@problem_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=PORT, default=LABELS_PORT, show_default=True, help="Port to listen on."
)
def serve(problem: "Problem", host: str, port: int) -> None:
    """Take labels over HTTP, at POST /labels.

    Senders show HOMESTEAD_LABELS_TOKEN as bearer token.
    """
    from homestead.serving.labels.main import serve_labels

    serve_labels(problem, read_settings(), host, port)

"""Command of the online server."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from homestead.cli.shared.help import command
from homestead.cli.shared.options import PORT, problem_option, read_settings
from homestead.names import HTTP_PORT, METRICS_PORT

if TYPE_CHECKING:
    from homestead.problem.schema import Problem


@command("homestead serve", "homestead serve --problem churn.yaml --port 9100 --metrics-port 9101")
@problem_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT, default=HTTP_PORT, show_default=True, help="Port of the API.")
@click.option(
    "--socket",
    "socket_path",
    type=click.Path(path_type=Path),
    help="Unix socket of the API, instead of --port.",
)
@click.option(
    "--metrics-port",
    type=PORT,
    default=METRICS_PORT,
    show_default=True,
    help="Port of the Prometheus metrics.",
)
@click.option(
    "--wait",
    is_flag=True,
    help="Start before there is a release, or while its model cannot be read, and wait for it.",
)
def serve(
    problem: "Problem",
    host: str,
    port: int,
    socket_path: Path | None,
    metrics_port: int,
    wait: bool,
) -> None:
    """Serve the released model versions over HTTP.

    When it answers, it says Ready, with a request that works and the addresses of its pages. A
    release needs no restart. It ends at Ctrl-C or SIGTERM; what it logged is kept.
    """
    from homestead.cli.serving.ready_text import ServerPlace, ready_lines
    from homestead.serving.main import serve
    from homestead.steps.commands.certify import certify_home

    settings = read_settings()
    place = ServerPlace(host, port, metrics_port, socket_path)

    def announce(row: dict[str, Any]) -> None:
        for line in ready_lines(problem.name, place, row):
            click.echo(line)

    click.echo(f"{problem.name}: starting; requests are answered when it says Ready", err=True)
    certify_home(problem.name, settings, lambda text: click.echo(text, err=True))
    serve(
        problem.name,
        settings,
        host=host,
        port=port,
        metrics_port=metrics_port,
        wait=wait,
        socket_path=socket_path,
        announce=announce,
    )

"""Commands for the online server and what it has served."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

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
    """Serve the released model versions."""
    from homestead.serving.main import serve
    from homestead.steps.commands.certify import certify_home

    settings = read_settings()
    certify_home(problem.name, settings, lambda text: click.echo(text, err=True))
    serve(
        problem.name,
        settings,
        host=host,
        port=port,
        metrics_port=metrics_port,
        wait=wait,
        socket_path=socket_path,
    )


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

    Exit code 0: no drift; 3: drift; 4: inconclusive (too few rows); 1: an error, or no champion.
    """
    from homestead.steps.commands.drift_job import run_drift_job

    exit_code = run_drift_job(
        problem,
        read_settings(),
        click.echo,
        since=since,
        until=until,
        last=last,
        require_champion=not exit_zero,
    )
    sys.exit(0 if exit_zero else exit_code)

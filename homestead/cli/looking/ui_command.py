"""Command for the page: what is known of each problem, in a browser."""

import signal
import threading
from typing import TYPE_CHECKING, Any

import click

from homestead.cli.looking.sources import open_sources
from homestead.cli.shared.help import command
from homestead.cli.shared.options import PORT, ProblemFile, read_settings
from homestead.names import METRICS_PORT, UI_PORT

if TYPE_CHECKING:
    from homestead.problem.schema import Problem


@command("homestead ui", "homestead ui --problem churn.yaml --port 9006")
@click.option("--problem", type=ProblemFile(), help="Problem file; by default all problems.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT, default=UI_PORT, show_default=True, help="Port to listen on.")
@click.option(
    "--metrics-url",
    default=f"http://127.0.0.1:{METRICS_PORT}/prometheus",
    show_default=True,
    help="Metrics of a server, for latencies; '' for none.",
)
def ui(problem: "Problem | None", host: str, port: int, metrics_url: str) -> None:
    """Show models, releases, traffic and drift in a browser.

    The page changes nothing.
    """
    from homestead.steps.ui.page import Pages
    from homestead.steps.ui.routes import respond
    from homestead.steps.ui.server import PageServer

    with open_sources(read_settings(), problem, metrics_url) as sources:
        pages = Pages(sources)
        server = PageServer(host, port, lambda target: respond(pages, target))

        def stop(*_: Any) -> None:
            # It waits for the loop's end, which runs in this thread.
            threading.Thread(target=server.shutdown).start()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        # What is read first takes seconds, so that it begins before somebody looks.
        threading.Thread(target=pages.cards, daemon=True).start()
        click.echo(f"http://{f'[{host}]' if ':' in host else host}:{server.server_port}")
        with server:
            server.serve_forever()

"""Commands that answer where predictions and versions come from, and whether they come back."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from homestead.cli.loop.instants import INSTANT
from homestead.cli.shared.help import command
from homestead.cli.shared.options import problem_option, read_settings

if TYPE_CHECKING:
    from homestead.problem.schema import Problem


def window_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose a window of the prediction log."""
    for option in (
        click.option("--last", type=click.IntRange(min=1), help="Only so many of the newest rows."),
        click.option("--version", help="Only predictions of this version."),
        click.option("--until", type=INSTANT, help="Until when; UTC unless it has a zone."),
        click.option("--since", type=INSTANT, help="From when on; UTC unless it has a zone."),
    ):
        command = option(command)
    return command


@command("homestead lineage 3", "homestead lineage 01a2b3c4 --html lineage.html")
@problem_option
@click.argument("name")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the page of the lineage to this file, too.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
def lineage(problem: "Problem", name: str, html: Path | None, as_json: bool) -> None:
    """Show where NAME comes from, and what else came from there.

    NAME is the id of a prediction or of its request, a version, or the SHA-256 of a model or of
    the data.
    """
    from homestead.reports.lineage.text import lineage_lines
    from homestead.steps.history.lineage import read_lineage

    report = read_lineage(problem.name, read_settings(), name)
    if html is not None:
        from homestead.files import write_text
        from homestead.reports.lineage.page import lineage_html

        write_text(html, lineage_html(report))
    if as_json:
        click.echo(report.model_dump_json(indent=2))
    else:
        for line in lineage_lines(report):
            click.echo(line)


@command("homestead replay --last 1000", "homestead replay 01a2b3c4")
@problem_option
@click.argument("prediction", required=False)
@window_options
def replay(
    problem: "Problem",
    prediction: str | None,
    since: datetime | None,
    until: datetime | None,
    version: str | None,
    last: int | None,
) -> None:
    """Predict logged rows again, and compare the bits.

    With the id of a PREDICTION, or of its request, the answer is also explained. Without it a
    window of the log is replayed. Exits with code 1 if a bit differs, with 3 if nothing differs
    but rows could not be replayed.
    """
    from homestead.prediction_log.history.logged_rows import LogWindow
    from homestead.steps.history.replay import replay_prediction, replay_window
    from homestead.steps.history.replay_text import row_lines, summary_lines

    settings = read_settings()
    if prediction is not None:
        rows = replay_prediction(problem.name, settings, prediction)
        for row in rows:
            for line in row_lines(row):
                click.echo(line)
        if all(row.is_identical for row in rows):
            return
        sys.exit(3 if all(row.is_identical or row.reason for row in rows) else 1)
    summary = replay_window(problem.name, settings, LogWindow(since, until, version, last))
    for line in summary_lines(summary):
        click.echo(line)
    if not summary.is_exact:
        sys.exit(1)
    if summary.skipped:
        sys.exit(3)


@command("homestead parity --last 1000")
@problem_option
@window_options
@click.option(
    "--lag-minutes",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    help="How long the online store may lag behind the offline one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of lines.")
def parity(
    problem: "Problem",
    since: datetime | None,
    until: datetime | None,
    version: str | None,
    last: int | None,
    lag_minutes: float,
    as_json: bool,
) -> None:
    """Compare logged rows with the offline store and the models.

    Inputs are compared with the store, predictions with those of the stored models. Exits with
    code 1 if an input or a prediction differs.
    """
    from homestead.prediction_log.history.logged_rows import LogWindow
    from homestead.steps.history.comparison.text import parity_lines
    from homestead.steps.history.parity import check_parity

    window = LogWindow(since, until, version, last)
    report = check_parity(problem, read_settings(), window, lag_minutes * 60)
    if as_json:
        click.echo(report.model_dump_json(indent=2))
    else:
        for line in parity_lines(report):
            click.echo(line)
    if report.has_mismatch:
        sys.exit(1)


@command("homestead reproduce 3", "homestead reproduce 3 --output model.onnx")
@problem_option
@click.argument("version")
@click.option("--data", default="", help="A source with the recorded data, if it has moved.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the rebuilt model (ONNX) to this file.",
)
def reproduce(problem: "Problem", version: str, data: str, output: Path | None) -> None:
    """Rebuild a VERSION from its recorded inputs; compare the bytes.

    Nothing is registered. Exits with code 1 if the bytes differ, and with 3 if it cannot be
    rebuilt here.
    """
    from homestead.steps.history.reproduce import reproduce
    from homestead.steps.history.reproduction.report import reproduction_lines

    outcome = reproduce(
        problem.name,
        read_settings(),
        version,
        report=lambda text: click.echo(text, err=True),
        data=data,
        output=output,
    )
    for line in reproduction_lines(outcome):
        click.echo(line)
    if not outcome.is_identical:
        sys.exit(3 if outcome.rebuilt_digest is None else 1)

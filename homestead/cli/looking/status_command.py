"""Command that says in short what is there."""

import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from homestead.cli.looking.sources import open_sources
from homestead.cli.shared.help import command
from homestead.cli.shared.homes import other_homes
from homestead.cli.shared.options import ProblemFile, read_settings

if TYPE_CHECKING:
    from homestead.problem.schema import Problem
    from homestead.ui.status import HomeStatus

_INDENT = 15
_COLUMNS = (60, 120)


@command("homestead status", "homestead status --problem churn.yaml --json")
@click.option("--problem", type=ProblemFile(), help="Problem file; by default all problems.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: what the page shows, too.")
def status(problem: "Problem | None", as_json: bool) -> None:
    """Say in short what is there: model, release, runs, drift, log.

    It shows each problem's champion with the figure of its certificate, the release under way, how
    jobs ended, drift, performance, labels, the prediction log with its spool, servers and alerts.
    Nothing is changed. Exit code 0, also where there is nothing yet.
    """
    from homestead.steps.ui.status.read import read_status

    with open_sources(read_settings(), problem) as sources:
        found = read_status(sources)
    if as_json:
        from homestead.ui.json_text import json_text

        click.echo(json_text(found))
        return
    for line in _lines(found):
        click.echo(line)


def _lines(found: "HomeStatus") -> Iterator[str]:
    from homestead.ui.status import status_rows

    yield f"home      {found.home}"
    yield f"database  {found.database}"
    for state in found.problems:
        yield ""
        yield click.style(state.problem, bold=True)
        last = ""
        for title, text in status_rows(state, found.read_at):
            yield from _wrapped("" if title == last else title, text)
            last = title
    if not found.problems:
        yield ""
        yield "Nothing has been trained or served here yet."
        for home in other_homes(read_settings().home):
            yield f"Another home is {home}: cd {home.parent}"
        yield "next: homestead train, or of an own table: homestead init TABLE --target COLUMN"


def _wrapped(title: str, text: str) -> list[str]:
    """Return a line, or several in a terminal that is too narrow for it."""
    head = f"  {title:<{_INDENT - 2}}"
    if not sys.stdout.isatty():
        return [head + text]
    low, high = _COLUMNS
    width = min(max(shutil.get_terminal_size().columns, low), high)
    # What a first line of a part says more of is indented.
    rest = " " * (_INDENT + len(text) - len(text.lstrip()))
    return textwrap.wrap(
        head + text, width, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )

"""Command that opens a report in the browser."""

import os
import sys
import webbrowser
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from homestead.cli.shared.help import command
from homestead.cli.shared.options import ProblemFile, read_settings
from homestead.errors import UserError

if TYPE_CHECKING:
    from homestead.problem.schema import Problem
    from homestead.reports.index import ReportEntry

# What a person calls each kind of report, and its kind in the index.
_KINDS = {
    "run": "Comparison",
    "card": "Model card",
    "data": "Data sheet",
    "drift": "Drift",
    "performance": "Performance",
    "release": "Release",
    "backtest": "Backtest",
}
# What makes each kind where there is none.
_MADE_BY = {
    "drift": "homestead drift",
    "performance": "homestead performance",
    "release": "homestead watch",
    "backtest": "homestead backtest",
}


@command("homestead open", "homestead open drift", "homestead open card --print", name="open")
@click.argument("kind", type=click.Choice(list(_KINDS)), required=False)
@click.option("--problem", type=ProblemFile(), help="Problem file; by default all problems.")
@click.option("--print", "prints", is_flag=True, help="Print the path, and open nothing.")
def open_report(kind: str | None, problem: "Problem | None", prints: bool) -> None:
    """Open the newest report, or the newest of a KIND, in the browser.

    Without a display it prints the path. KIND is run (the comparison of candidates), card, data,
    drift, performance, release or backtest.
    """
    name = None if problem is None else problem.name
    entry = _newest(kind, name)
    address = entry.path.as_uri()
    click.echo(entry.path)
    if prints or not _has_display():
        return
    click.echo(f"{entry.title} of {entry.problem}, {entry.written_at:%Y-%m-%d %H:%M} UTC", err=True)
    if not webbrowser.open(address):
        click.echo(f"no browser could be started; open {address}", err=True)


def _newest(kind: str | None, problem: str | None) -> "ReportEntry":
    """Return the newest report.

    Raises:
        UserError: there is none.
    """
    entries = _entries(problem)
    for entry in entries:
        if kind is None or entry.kind == _KINDS[kind]:
            return entry
    found = sorted({each for each, title in _KINDS.items() if title in {e.kind for e in entries}})
    what = "no report" if kind is None else f"no report of the kind {kind}"
    whose = "" if problem is None else f" of {problem}"
    instead = f"; there are: {', '.join(found)}" if found else ""
    raise UserError(
        f"{read_settings().home}: {what}{whose} yet{instead}\n"
        f"next: {_MADE_BY.get(kind or '', 'homestead train')}"
    )


def _entries(problem: str | None) -> "Sequence[ReportEntry]":
    from homestead.reports.index import read_index

    return read_index(read_settings().home, problem)


def _has_display() -> bool:
    """Return whether a browser would be seen: not in a pipe, over ssh or in a container."""
    if not sys.stdout.isatty():
        return False
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))

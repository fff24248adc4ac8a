"""Shelf of a home: its reports lead to each other, and an index leads to all of them.

Reports are files that are opened without a server, and one is written when another is not there
yet. So the links between them are put into the pages that lie in the home, each time that one of
them is written. A page elsewhere, such as an artifact in MLflow, has none that lead nowhere.
"""

import contextlib
import os
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from homestead.files import write_text
from homestead.reports.base_page import PageHeader, render
from homestead.reports.index import (
    REPORTS_FOLDER,
    ReportEntry,
    newest_of_each_kind,
    read_index,
)

INDEX_FILE = "index.html"
# What is between them is replaced.
_BEGIN, _END = '<nav class="siblings">', "</nav>"
# A link within a text, to the newest report of a kind; without one it is text alone.
_SIBLING = re.compile(r'<a class="sibling" data-kind="(?P<kind>[\w ]+)"(?: href="[^"]*")?>')
_SHOWN_OF_A_KIND = 20


def keep_page(home: Path, problem: str, folder: str, name: str, html: str) -> Path:
    """Write a report below the home's reports, and link it with the others.

    Returns:
        Its path.
    """
    path = home / REPORTS_FOLDER / problem / folder / name
    write_text(path, html)
    link_reports(home, problem)
    return path


def link_reports(home: Path, problem: str) -> None:
    """Let the newest reports of a problem lead to each other, and write the index of all reports.

    A file that may not be written is left as it is: on a cluster each writer has its own folder.
    """
    with contextlib.suppress(OSError):
        newest = newest_of_each_kind(read_index(home, problem))
        for entry in newest:
            with contextlib.suppress(OSError, UnicodeDecodeError):
                _put_links(entry, newest, home)
        write_text(home / REPORTS_FOLDER / INDEX_FILE, index_html(home))


def index_html(home: Path) -> str:
    """Return the page of all reports of a home, by problem.

    Raises:
        OSError: the reports cannot be read.
    """
    root = home / REPORTS_FOLDER
    entries = read_index(home)
    by_problem: dict[str, list[tuple[ReportEntry, str]]] = {}
    for entry in entries:
        shown = by_problem.setdefault(entry.problem, [])
        if sum(other.kind == entry.kind for other, _ in shown) < _SHOWN_OF_A_KIND:
            shown.append((entry, _address(entry.path, root)))
    return render("index.html", header=PageHeader(""), by_problem=by_problem)


def _put_links(entry: ReportEntry, entries: Sequence[ReportEntry], home: Path) -> None:
    text = entry.path.read_text(encoding="utf-8")
    begin = text.find(_BEGIN)
    end = text.find(_END, begin)
    if begin < 0 or end < 0:
        return  # not a page of ours
    status = entry.path.stat()
    linked = text[:begin] + _BEGIN + _links(entry, entries, home) + text[end:]
    addresses = {other.kind: _address(other.path, entry.path.parent) for other in entries}
    linked = _SIBLING.sub(lambda found: _anchor(found["kind"], addresses), linked)
    if linked != text:
        write_text(entry.path, linked)
        # It is the same report as before.
        os.utime(entry.path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _anchor(kind: str, addresses: Mapping[str, str]) -> str:
    href = f' href="{addresses[kind]}"' if kind in addresses else ""
    return f'<a class="sibling" data-kind="{kind}"{href}>'


def _links(entry: ReportEntry, entries: Sequence[ReportEntry], home: Path) -> str:
    folder = entry.path.parent
    links = [
        f'<a href="{_address(other.path, folder)}">{escape(other.title)}</a>'
        if other != entry
        else f'<span aria-current="page">{escape(other.title)}</span>'
        for other in entries
    ]
    index = _address(home / REPORTS_FOLDER / INDEX_FILE, folder)
    return " ".join([*links, f'<a href="{index}">All reports</a>'])


def _address(path: Path, folder: Path) -> str:
    """Return the address of a file that is valid from a folder, also without a server."""
    return quote(Path(os.path.relpath(path, folder)).as_posix())

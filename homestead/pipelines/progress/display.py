"""Where the progress of a local run is shown: a terminal or a log, or a notebook's output."""

import html
import sys
from collections.abc import Callable
from typing import Any

import click

# Takes a line of progress.
ShowLine = Callable[[str], None]


def progress_display(progress: bool | ShowLine) -> ShowLine:
    """Return what shows lines of progress: the given function, or what suits this process."""
    if callable(progress):
        return progress
    if not progress:
        return lambda line: None
    return NotebookOutput().show if _is_notebook() else echo_line


def echo_line(line: str) -> None:
    """Write a line to the standard error: of a terminal, or of what logs it."""
    click.echo(line, err=True)


class NotebookOutput:
    """One output of a notebook's cell, which grows by each line.

    Lines on the standard error would stand in red, each in a box of its own.
    """

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._handle: Any = None

    def show(self, line: str) -> None:
        """Add a line."""
        from IPython.display import HTML, display

        self._lines.append(line)
        text = "\n".join(self._lines)
        data = HTML(  # type: ignore[no-untyped-call]
            f"<pre style='line-height: 1.3'>{html.escape(text)}</pre>"
        )
        if self._handle is None:
            self._handle = display(data, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(data)


def _is_notebook() -> bool:
    """Return whether a Jupyter kernel runs in this process."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None

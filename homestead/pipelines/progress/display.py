"""Where the progress of a local run is shown: a log, a terminal, or a notebook's output."""

import html
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from typing import Any, TextIO

# Takes a line of progress.
ShowLine = Callable[[str], None]
_TO_LINE_START, _ERASE_LINE = "\r", "\x1b[K"


class LineDisplay:
    """Lines one after the other, as a log or a function gets them."""

    def __init__(self, show: ShowLine) -> None:
        self._show = show

    def line(self, text: str) -> None:
        """Show a line."""
        self._show(text)

    def running(self, steps: Sequence[str]) -> None:
        """Take the names of the steps that run now; a log does not show them."""

    def close(self) -> None:
        """End the display with the run."""


class TerminalDisplay(LineDisplay):
    """Lines on a terminal, and below them one that says what runs, which is written over."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(self._write_line)
        self._stream = stream
        self._status = ""

    def running(self, steps: Sequence[str]) -> None:
        """Show the names of the steps that run now."""
        self._status = _running_text(steps)
        self._write(_TO_LINE_START + _ERASE_LINE + self._cut_status())

    def close(self) -> None:
        """Remove the last line."""
        self.running(())

    def _write_line(self, text: str) -> None:
        self._write(f"{_TO_LINE_START}{_ERASE_LINE}{text}\n{self._cut_status()}")

    def _cut_status(self) -> str:
        # A line that wraps could not be written over.
        return self._status[: shutil.get_terminal_size().columns - 1]

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class NotebookDisplay(LineDisplay):
    """One output of a notebook's cell, which grows by each line.

    Lines on the standard error would stand in red.
    """

    def __init__(self) -> None:
        super().__init__(self._add)
        self._lines: list[str] = []
        self._status = ""
        self._handle: Any = None

    def running(self, steps: Sequence[str]) -> None:
        """Show the names of the steps that run now."""
        self._status = _running_text(steps)
        self._update()

    def close(self) -> None:
        """Leave the lines alone."""
        self.running(())

    def _add(self, text: str) -> None:
        self._lines.append(text)
        self._update()

    def _update(self) -> None:
        from IPython.display import HTML, display

        text = html.escape("\n".join(filter(None, [*self._lines, self._status])))
        data = HTML(f"<pre style='line-height: 1.3'>{text}</pre>")  # type: ignore[no-untyped-call]
        if self._handle is None:
            self._handle = display(data, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(data)


def progress_display(progress: bool | ShowLine) -> LineDisplay:
    """Return what shows progress: by the given function, or as suits this process."""
    if callable(progress):
        return LineDisplay(progress)
    if not progress:
        return LineDisplay(lambda line: None)
    if _is_notebook():
        return NotebookDisplay()
    stream = sys.stderr
    if stream.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        return TerminalDisplay(stream)
    return LineDisplay(lambda line: print(line, file=stream, flush=True))


def _running_text(steps: Sequence[str]) -> str:
    return f"  running: {', '.join(steps)}" if steps else ""


def _is_notebook() -> bool:
    """Return whether a Jupyter kernel runs in this process."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None

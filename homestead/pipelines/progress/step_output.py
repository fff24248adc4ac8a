"""Progress of a local run, read from the output of its steps."""

import io
import re
import time
from pathlib import Path

from homestead.components.progress import ERROR, PROGRESS
from homestead.components.step_ends import killed, terminated
from homestead.pipelines.progress.display import LineDisplay

_NOT_PRINTABLE = re.compile(r"[^ -~]")


class StepOutput(io.TextIOBase):
    """Text stream that logs the runner's output and shows the steps' progress lines.

    Attributes:
        error_lines: error lines of the steps, each as ``<step>: <message>``.
    """

    def __init__(self, log: Path, display: LineDisplay) -> None:
        self.error_lines: list[str] = []
        self._log = log.open("w", encoding="utf-8")
        self._display = display
        self._started_at: dict[str, float] = {}
        self._termination = ""

    def write(self, text: str) -> int:
        """Log a text; show its progress lines and keep its error lines."""
        self._log.write(text)
        self._log.flush()
        for line in text.splitlines():
            if line.startswith(PROGRESS):
                self._show_progress(line.removeprefix(PROGRESS))
            elif line.startswith(ERROR):
                message = line.removeprefix(ERROR)
                self.error_lines.append(message)
                self._started_at.pop(message.partition(": ")[0], None)
                self._display.running(list(self._started_at))
        return len(text)

    def failure_reason(self) -> str:
        """Return the steps' errors, and the steps that ended without one; '' if there are none."""
        if self._termination:
            return self._termination
        return "\n".join([*self.error_lines, *map(killed, self._started_at)])

    def note_termination(self) -> None:
        """Make the termination of the run, while these steps run, the reason of its failure."""
        self._termination = terminated(list(self._started_at))

    def close(self) -> None:
        """Close the log and the display."""
        self._display.close()
        self._log.close()
        super().close()

    def _show_progress(self, line: str) -> None:
        step, _, message = line.partition(": ")
        if message == "started":
            self._started_at[step] = time.monotonic()
            self._display.running(list(self._started_at))
            return
        if message == "done":
            # A line that another program wrote into is none of ours: the start may be missing.
            started_at = self._started_at.pop(step, None)
            if started_at is not None:
                message = f"done in {time.monotonic() - started_at:.1f} s"
            self._display.running(list(self._started_at))
        self._display.line(f"  {step:<26} {_NOT_PRINTABLE.sub(' ', message)}")

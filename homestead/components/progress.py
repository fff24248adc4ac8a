"""Console output of a pipeline step: progress lines, and on failure a last line with the error."""

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from homestead.database.failures import database_failure
from homestead.errors import UserError

PROGRESS = "homestead> "
ERROR = "homestead! "


@contextmanager
def report_step(name: str) -> Iterator[Callable[[str], None]]:
    """Run the block as step ``name`` and yield a function that prints a progress line.

    A user error ends the process with exit code 1 and its message. Any other error also prints
    its traceback first, because a pod's log is all that remains of it.
    """

    def report(message: str) -> None:
        print_line(f"{PROGRESS}{name}: {message}")

    report("started")
    try:
        yield report
    except Exception as error:
        if not isinstance(error, UserError):
            traceback.print_exc()
        sys.stderr.flush()
        message = database_failure(error) or str(error)
        lines = message.replace("\n", f"\n{ERROR}{name}: ") or type(error).__name__
        print_line(f"{ERROR}{name}: {lines}")
        raise SystemExit(1) from None
    report("done")


def print_line(text: str) -> None:
    """Write a line to the log at once, so that none of a process beside this one is within it."""
    # Where output is not buffered, print writes an end of its own apart from the text.
    print(f"{text}\n", end="", flush=True)  # noqa: T201

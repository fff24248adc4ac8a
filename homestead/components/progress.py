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
        print(f"{PROGRESS}{name}: {message}", flush=True)  # noqa: T201

    report("started")
    try:
        yield report
    except Exception as error:
        if not isinstance(error, UserError):
            traceback.print_exc()
        sys.stderr.flush()
        message = database_failure(error) or str(error)
        lines = message.replace("\n", f"\n{ERROR}{name}: ") or type(error).__name__
        print(f"{ERROR}{name}: {lines}", flush=True)  # noqa: T201
        raise SystemExit(1) from None
    report("done")

"""How a pipeline step talks: one line for progress, one last line for an error."""

import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from homestead.errors import UserError

PROGRESS = "homestead> "
ERROR = "homestead! "


@contextmanager
def report_step(name: str) -> Iterator[Callable[[str], None]]:
    """Run a step; the block's value prints a line of progress.

    A user's mistake ends the process with exit code 1 and one line; another error with its
    traceback ahead of that line, since a pod's log is all that is left of it.
    """

    def say(message: str) -> None:
        print(f"{PROGRESS}{name}: {message}", flush=True)  # noqa: T201

    say("started")
    try:
        yield say
    except Exception as error:
        if not isinstance(error, UserError):
            traceback.print_exc()
        sys.stderr.flush()
        lines = str(error).replace("\n", f"\n{ERROR}{name}: ") or type(error).__name__
        print(f"{ERROR}{name}: {lines}", flush=True)  # noqa: T201
        raise SystemExit(1) from None
    say("done")

"""End of a process that holds much in memory: a command, or a step that was forked."""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn

# Python's own exit code where output cannot be written: its reader is gone, or the disk is full.
_UNWRITTEN = 120


def run_and_end(run: Callable[[], None]) -> NoReturn:
    """Run what this process is for, and end it with the exit code that Python would give.

    Threads are waited for, exit handlers run and streams are flushed, as at the end of every Python
    process. What does not happen is that each module is taken apart, whose memory the system frees
    anyway: with all that steps need imported, that takes longer than a short step itself.
    """
    code = _exit_code(run)
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            # A process may have been started without it.
            if stream is not None:
                stream.flush()
        except OSError:
            code = _UNWRITTEN
    os._exit(code)


def _exit_code(run: Callable[[], None]) -> int:
    try:
        run()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)  # noqa: T201 - as Python does
        return 1
    except Exception:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0

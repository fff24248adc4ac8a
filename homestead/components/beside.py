"""A part of a step that runs beside the parts after it, in a process of its own."""

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator

from homestead.components.progress import ERROR, print_line
from homestead.components.step_ends import killed
from homestead.threads import cpu_limit, is_safe_to_fork


@contextlib.contextmanager
def running_beside(name: str, part: Callable[[], object]) -> Iterator[None]:
    """Run a part in a fork while the block runs; wait for it at the end of the block.

    With one CPU, or where this process has threads that a fork would lose, it runs before the block
    and in this process.

    Args:
        name: of the part, for the log.
        part: prints its own progress and, before it ends the process, its error.

    Raises:
        SystemExit: the part has failed.
    """
    if cpu_limit() < 2 or not is_safe_to_fork():
        part()
        yield
        return
    process = multiprocessing.get_context("fork").Process(target=_run, args=(part,))
    process.start()
    try:
        yield
    finally:
        process.join()
    if code := process.exitcode:
        if code < 0:
            print_line(f"{ERROR}{killed(name)}")
        raise SystemExit(1)


def _run(part: Callable[[], object]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    part()


def _end_with_parent() -> None:
    """End this process as soon as the step itself is gone: killed, nothing else would tell it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)

"""End of a local run by a signal: its steps end, but the last one, which records the outcome."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_INTERVAL_S = 0.2
# An argument of the process that runs the pipeline's exit handler.
_LAST_STEP = b"\0--function_to_execute\0finalize_run\0"


@contextlib.contextmanager
def steps_ended_by_signal(stopped: Callable[[], None]) -> Iterator[None]:
    """End the steps once this process gets SIGTERM or SIGINT, so that the run ends as a failed one.

    That holds also for steps that start later, because the signal may come between two. A second
    SIGINT raises KeyboardInterrupt. Processes that were started earlier are none of the run's.

    Args:
        stopped: called once, before the first step is ended, in a thread.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread only
        return
    others = _children(os.getpid())
    received: list[int] = []
    is_over = threading.Event()

    def remember(number: int, _: object) -> None:
        if received and number == signal.SIGINT:
            raise KeyboardInterrupt
        received.append(number)

    # The handler may interrupt any line of the main thread, so it takes no lock.
    def watch() -> None:
        has_stopped = False
        while not is_over.wait(_INTERVAL_S):
            if received:
                if not has_stopped:
                    stopped()
                    has_stopped = True
                _end_steps(others)

    before = {number: signal.signal(number, remember) for number in _SIGNALS}
    watcher = threading.Thread(target=watch, name="termination", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_over.set()
        watcher.join()
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_steps(others: list[int]) -> None:
    own = os.getpid()
    program = _command(own)
    for step in set(_children(own)).difference(others):
        # One that still has our command line is about to become a step, perhaps the last.
        if (command := _command(step)) != program and _LAST_STEP not in command:
            for process in [step, *_descendants(step)]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGTERM)


def _descendants(process: int) -> Iterator[int]:
    for child in _children(process):
        yield child
        yield from _descendants(child)


def _children(process: int) -> list[int]:
    found: list[int] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # the thread or the process has ended
            found += map(int, path.read_text().split())
    return found


def _command(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""

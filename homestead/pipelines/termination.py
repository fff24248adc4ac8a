"""End of a local run by a signal: its steps end, but the last one, which records the outcome."""

import contextlib
import signal
import threading
from collections.abc import Callable, Collection, Iterator

import psutil

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_INTERVAL_S = 0.2
# Arguments of the process that runs the pipeline's exit handler.
_LAST_STEP = ["--function_to_execute", "finalize_run"]


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
    others = psutil.Process().children()
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


def _end_steps(others: Collection[psutil.Process]) -> None:
    own = psutil.Process()
    program = own.cmdline()
    for step in set(own.children()).difference(others):
        with contextlib.suppress(psutil.NoSuchProcess):
            command = step.cmdline()
            # One that still has our command line is about to become a step, perhaps the last.
            if command != program and not _is_last_step(command):
                for process in [step, *step.children(recursive=True)]:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        process.terminate()


def _is_last_step(command: list[str]) -> bool:
    return any(command[i : i + 2] == _LAST_STEP for i in range(len(command)))

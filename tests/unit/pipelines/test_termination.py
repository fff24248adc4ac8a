"""Signals to a local run: its steps end with all that they started, but not the last step."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from homestead.pipelines.termination import steps_ended_by_signal

SLEEPING = "import time; time.sleep(60)"
PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
LAST_STEP = ("--function_to_execute", "finalize_run", "--end")


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", *arguments])


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """Start a process before the run, of which it is no step."""
    process = start(SLEEPING)
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_steps_end_with_their_processes_but_neither_the_last_step_nor_other_processes(
    number: signal.Signals, other: subprocess.Popen[bytes]
) -> None:
    before = signal.getsignal(number)
    stopped: list[bool] = []
    with steps_ended_by_signal(lambda: stopped.append(True)):
        last_step = start(SLEEPING, *LAST_STEP)
        step = start(PARENT, SLEEPING)
        while not (started := psutil.Process(step.pid).children()):
            time.sleep(0.01)
        os.kill(os.getpid(), number)
        assert step.wait(10) == -signal.SIGTERM
        # One that starts later ends as well.
        assert start(SLEEPING).wait(10) == -signal.SIGTERM
    assert not psutil.wait_procs(started, timeout=10)[1]
    assert stopped == [True]
    assert (last_step.poll(), other.poll()) == (None, None)
    last_step.kill()
    last_step.wait()
    assert signal.getsignal(number) is before


def test_a_second_interrupt_stops_the_runner_itself() -> None:
    with pytest.raises(KeyboardInterrupt), steps_ended_by_signal(lambda: None):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)


def test_without_a_signal_nothing_is_ended() -> None:
    with steps_ended_by_signal(lambda: pytest.fail("no signal came")):
        step = start("pass")
        assert step.wait(10) == 0

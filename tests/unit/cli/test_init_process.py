"""Duties of process 1: signals, orphans and exit codes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from homestead.cli.demo.server import free_port

# A subreaper adopts orphans like process 1, and needs no privileges.
SUBREAPER = """
import ctypes, os, signal, sys, time
assert ctypes.CDLL(None).prctl(36, 1, 0, 0, 0) == 0  # PR_SET_CHILD_SUBREAPER
from homestead.cli.init_process import run_in_child
run_in_child()
"""
# The child starts a process that starts another and ends; then it waits for the end of the orphan.
MAKE_ORPHAN = """
read_end, write_end = os.pipe()
if os.fork() == 0:
    orphan = os.fork()
    if orphan:
        os.write(write_end, str(orphan).encode())
    os._exit(0)
orphan = int(os.read(read_end, 20))
for _ in range(500):
    if not os.path.exists(f"/proc/{orphan}"):
        sys.exit(7)
    time.sleep(0.02)
sys.exit("the orphan stays")
"""


def start(program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers")
def test_adopted_orphans_are_reaped_and_the_childs_exit_code_is_passed_on() -> None:
    process = start(SUBREAPER + MAKE_ORPHAN)
    output = process.communicate(timeout=30)
    assert process.returncode == 7, output


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT], ids=lambda n: n.name
)
def test_a_signal_ends_a_child_that_does_not_handle_it_yet(number: signal.Signals) -> None:
    program = """
import signal, time
from homestead.cli.init_process import run_in_child
run_in_child()
signal.signal(signal.SIGINT, signal.SIG_DFL)
print("imports", flush=True)
time.sleep(60)
"""
    process = start(program)
    assert process.stdout is not None
    assert process.stdout.readline() == "imports\n"
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 128 + number


def test_a_child_gets_a_signal_once_and_decides_itself() -> None:
    program = """
import signal, sys, time
from homestead.cli.init_process import run_in_child
run_in_child()
seen = []
signal.signal(signal.SIGTERM, lambda *_: seen.append(1))
print("ready", flush=True)
while not seen:
    time.sleep(0.05)
time.sleep(0.2)
sys.exit(len(seen))
"""
    process = start(program)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 1


def _namespace_command() -> Sequence[str]:
    """Return a prefix that makes a command process 1; empty where that is not permitted."""
    unshare = shutil.which("unshare")
    prefix = [unshare or "", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"]
    if unshare is None or subprocess.run([*prefix, "true"], check=False).returncode:
        return ()
    return prefix


def test_a_command_that_is_process_1_ends_at_sigterm_whenever_that_comes(tmp_path: Path) -> None:
    prefix = _namespace_command()
    ports = ["--port", str(free_port()), "--metrics-port", str(free_port())]
    for delay_s in (0.3, 0.6, 0.9):
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "homestead", "serve", "--wait", *ports],
            env={**os.environ, "HOMESTEAD_HOME": str(tmp_path), "HOMESTEAD_DRAIN_S": "0"},
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(delay_s)
        os.kill(_innermost(process.pid) if prefix else process.pid, signal.SIGTERM)
        # 0 is a server that was already up and has drained.
        assert process.wait(30) in (128 + signal.SIGTERM, -signal.SIGTERM, 0)


def _innermost(pid: int) -> int:
    """Return the process that unshare has started: process 1 of the namespace."""
    children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True)
    return int(children.stdout.split()[0])

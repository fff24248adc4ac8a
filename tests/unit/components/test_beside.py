"""A part of a step beside others: at the same time, with its failures, gone with the step."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from homestead.threads import cpu_limit

STEP = """
import os, sys, threading, time
from pathlib import Path
from homestead.components.beside import running_beside
from homestead.components.progress import report_step
from homestead.errors import UserError

folder = Path(sys.argv[1])

def wait_for(name):
    deadline = time.monotonic() + 30
    while not (folder / name).exists():
        assert time.monotonic() < deadline, f"{name} is missing"
        time.sleep(0.01)

def part():
    with report_step("materialize"):
        (folder / "part").write_text(str(os.getpid()))
        PART

with running_beside("materialize", part):
    BLOCK
print("after both")
"""

needs_two_cpus = pytest.mark.skipif(cpu_limit() < 2, reason="one CPU runs parts in turn")


def _start(folder: Path, part: str, block: str) -> subprocess.Popen[str]:
    script = STEP.replace("PART", part).replace("BLOCK", block)
    command = [sys.executable, "-c", script, str(folder)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def _run(folder: Path, part: str, block: str) -> tuple[int, list[str]]:
    process = _start(folder, part, block)
    output, _ = process.communicate(timeout=60)
    return process.returncode, output.splitlines()


@needs_two_cpus
def test_part_and_block_run_at_the_same_time_and_both_are_waited_for(tmp_path: Path) -> None:
    part = "wait_for('block'); time.sleep(0.3); (folder / 'end').touch()"
    block = "wait_for('part'); (folder / 'block').touch()"
    code, lines = _run(tmp_path, part, block)
    assert (code, lines[-1]) == (0, "after both"), lines
    assert (tmp_path / "end").exists()
    assert lines[:-1] == ["homestead> materialize: started", "homestead> materialize: done"]


def test_a_failure_of_the_part_is_the_steps(tmp_path: Path) -> None:
    code, lines = _run(tmp_path, "raise UserError('Redis is full')", "pass")
    assert code == 1
    assert lines[-1] == "homestead! materialize: Redis is full"


def test_a_failure_of_the_block_is_the_steps_and_the_part_ends_what_it_began(
    tmp_path: Path,
) -> None:
    code, lines = _run(tmp_path, "time.sleep(0.3); (folder / 'end').touch()", "sys.exit(3)")
    assert code == 3, lines
    assert (tmp_path / "end").exists()


@needs_two_cpus
def test_a_part_that_was_killed_is_named(tmp_path: Path) -> None:
    code, lines = _run(tmp_path, "os.kill(os.getpid(), 9)", "wait_for('part')")
    assert code == 1
    assert "homestead! materialize: was killed, as a process is that" in lines[-1]


@needs_two_cpus
def test_a_part_ends_with_a_step_that_is_killed(tmp_path: Path) -> None:
    process = _start(tmp_path, "time.sleep(60)", "time.sleep(60)")
    deadline = time.monotonic() + 30
    while not (tmp_path / "part").exists() or not (tmp_path / "part").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    # Its output ends only once the part, which has it too, has ended.
    process.communicate(timeout=30)


def test_where_a_thread_forbids_a_fork_the_part_runs_first(tmp_path: Path) -> None:
    script = STEP.replace(
        "with running", "threading.Thread(target=time.sleep, args=(1,)).start()\nwith running"
    )
    script = script.replace("PART", "print(os.getpid())").replace("BLOCK", "print(os.getpid())")
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    _, part, _, block, _ = run.stdout.splitlines()
    assert part == block

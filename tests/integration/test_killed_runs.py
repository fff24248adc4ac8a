"""Runs that are killed at each step: the same command again ends right."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.pipeline import RUN_TIMEOUT_S, check_registry, start_training

# In the order of the kills: once there is a champion, a run keeps it and does not register.
STEPS = [
    *("open_run", "ingest", "training_set", "materialize", "train forest", "select", "evaluate"),
    *("gate", "register", "release", "finalize_run"),
]


@pytest.mark.timeout(3600)
def test_killed_at_each_step_the_same_command_ends_right(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for step in STEPS:
        process = start_training(home)
        started = time.monotonic()
        log: Path | None = None
        while f"homestead> {step}: started" not in (log.read_text() if log else ""):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() - started < 300
            known = list(home.glob("runs/*/pipeline.log"))
            log = max(known, key=lambda path: path.stat().st_mtime, default=None)
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        assert log is not None
        log.unlink()
    output, _ = (process := start_training(home)).communicate(timeout=RUN_TIMEOUT_S)
    assert process.returncode == 0, output
    check_registry(home)

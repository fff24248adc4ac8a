"""Console output of a step: progress, and the error on the last line."""

import os
import subprocess
import sys

import pytest

from homestead.components.progress import report_step
from homestead.errors import UserError


def test_a_step_prints_its_progress(capsys: pytest.CaptureFixture[str]) -> None:
    with report_step("ingest") as report:
        report("700 valid rows")
    assert capsys.readouterr().out.splitlines() == [
        "homestead> ingest: started",
        "homestead> ingest: 700 valid rows",
        "homestead> ingest: done",
    ]


def test_a_user_error_is_the_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info, report_step("ingest"):
        raise UserError("sales.csv: no such file")
    assert exit_info.value.code == 1
    printed = capsys.readouterr()
    assert printed.out.splitlines()[-1] == "homestead! ingest: sales.csv: no such file"
    assert "done" not in printed.out
    assert not printed.err


def test_each_line_of_an_error_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), report_step("ingest"):
        raise UserError("a.csv: no column x\na.csv: no column y")
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "homestead! ingest: a.csv: no column x",
        "homestead! ingest: a.csv: no column y",
    ]


def test_any_other_error_also_prints_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), report_step("train"):
        raise ZeroDivisionError
    printed = capsys.readouterr()
    assert "Traceback" in printed.err
    assert printed.out.splitlines()[-1] == "homestead! train: ZeroDivisionError"


def test_lines_of_two_processes_that_share_an_output_stay_whole() -> None:
    """In pods output is not buffered, and parts of a step may run beside each other."""
    script = """
import os
from homestead.components.progress import report_step
with report_step("a" if os.fork() else "b") as report:
    for number in range(3000):
        report(f"line {number}")
os.wait() if os.getpid() == os.getsid(0) else None
"""
    run = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
        start_new_session=True,
    )
    found = run.stdout.splitlines()
    steps = [f"homestead> {step}: {text}" for step in "ab" for text in ("started", "done")]
    lines = [f"homestead> {step}: line {number}" for step in "ab" for number in range(3000)]
    assert sorted(found) == sorted(steps + lines)

"""A process that ends at once ends as any other does."""

import subprocess
import sys

import pytest

_PROGRAM = """
import atexit, sys, threading, time
from homestead.pipelines.step_processes.process_end import run_and_end

def late():
    time.sleep(0.3)
    print("thread")

def run():
    atexit.register(print, "exit handler")
    threading.Thread(target=late).start()
    sys.stdout.write("unflushed ")
    {end}

run_and_end(run)
"""


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [
        ("pass", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('no rows')", 1, "no rows\n"),
        ("raise ValueError('bad row')", 1, "ValueError: bad row\n"),
        ("raise KeyboardInterrupt", -2, "KeyboardInterrupt\n"),
    ],
)
def test_it_ends_as_python_does(end: str, code: int, said: str) -> None:
    program = _PROGRAM.format(end=end)
    for source in (program, program.replace("\nrun_and_end(run)", "\nrun()")):
        result = subprocess.run(
            [sys.executable, "-c", source], capture_output=True, encoding="utf-8", check=False
        )
        assert result.returncode == code, result.stderr
        assert result.stderr.endswith(said)
        assert result.stdout == "unflushed thread\nexit handler\n"


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_output_that_cannot_be_written_has_pythons_exit_code(redirection: str) -> None:
    program = _PROGRAM.format(end="pass")
    codes = [
        subprocess.run(
            ["/bin/sh", "-c", f'"$0" -c "$1" {redirection}', sys.executable, source],
            stderr=subprocess.DEVNULL,
            check=False,
        ).returncode
        for source in (program, program.replace("\nrun_and_end(run)", "\nrun()"))
    ]
    assert codes[0] == codes[1]

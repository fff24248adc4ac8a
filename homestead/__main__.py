"""Run the command line: ``homestead`` or ``python -m homestead``."""

import os
import sys
from io import TextIOWrapper

from homestead.cli.init_process import run_in_child
from homestead.pipelines.step_processes.process_end import run_and_end


def run() -> None:
    """Run the command line, in a child process if this is process 1 of a container."""
    # Before the slow imports.
    if os.getpid() == 1:
        run_in_child()
    from homestead.cli.main import main

    for stream in (sys.stdout, sys.stderr):
        # A terminal or log of another encoding than UTF-8 gets a question mark for what it lacks.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")

    # Taking apart what was imported lasts seconds where MLflow is among it.
    run_and_end(lambda: main(prog_name="homestead"))


if __name__ == "__main__":
    run()

"""Run the command line: ``homestead`` or ``python -m homestead``."""

import atexit
import gc
import os
import sys
from io import TextIOWrapper

from homestead.cli.init_process import run_in_child


def run() -> None:
    """Run the command line, in a child process if this is process 1 of a container."""
    # Before the slow imports.
    if os.getpid() == 1:
        run_in_child()
    # The system frees all memory. Python would look for cycles among all objects before that, for
    # seconds where MLflow is imported.
    atexit.register(gc.freeze)
    from homestead.cli.main import main

    for stream in (sys.stdout, sys.stderr):
        # A terminal or log of another encoding than UTF-8 gets a question mark for what it lacks.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")

    main(prog_name="homestead")


if __name__ == "__main__":
    run()

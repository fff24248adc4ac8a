"""Time and memory of ``homestead labels add``, in a process of its own."""

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple


class Measured(NamedTuple):
    """What it took to add a file.

    Attributes:
        seconds: on the clock.
        cpu_s: of processor time, without that of PostgreSQL.
        peak_mb: the most memory that the process had, in MB.
        said: the summary that the command prints.
    """

    seconds: float
    cpu_s: float
    peak_mb: float
    said: str


def measure_add(file: Path, problem: Path, database_url: str, home: Path) -> Measured:
    """Add a file of labels, and return what it took."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_add, file, problem, database_url, home).result()


def _add(file: Path, problem_file: Path, database_url: str, home: Path) -> Measured:
    from homestead.problem.loader import load_problem
    from homestead.settings import Settings
    from homestead.steps.labels.add import add_label_table

    problem = load_problem(problem_file)
    settings = Settings.read().model_copy(update={"home": home, "database_url": database_url})
    said: list[str] = []
    started, cpu = time.perf_counter(), time.process_time()
    add_label_table(problem, str(file), settings, said.append)
    return Measured(
        seconds=time.perf_counter() - started,
        cpu_s=time.process_time() - cpu,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        said=said[0],
    )

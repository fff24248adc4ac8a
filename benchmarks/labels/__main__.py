"""How long files of labels take to join, and how much memory: ``make bench-labels``."""

import contextlib
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import psutil

from benchmarks.labels.measure import measure_add
from benchmarks.labels.report import write_report
from benchmarks.labels.world import PROBLEM, count, fill_log, write_labels
from tests.conftest import PostgreSQL

KINDS = ("sqlite", "postgresql")
SIZES = (10_000, 100_000, 1_000_000)
# Each list begins with predictions without labels.
WAYS = (
    (
        ("by prediction id", "prediction_id", 0),
        ("the same again", "prediction_id", 0),
        ("other outcomes, known later", "prediction_id", 1000),
    ),
    (
        ("by key and time", "entity", 0),
        ("by key and time again", "entity", 0),
        ("by prediction id, over these", "prediction_id", 0),
    ),
)


def measure(
    name: str,
    rows: int,
    new_database: Callable[[], str],
    server_cpu_s: Callable[[], float],
    folder: Path,
) -> list[dict[str, Any]]:
    """Measure each way on one database and size."""
    figures = []
    for ways in WAYS:
        url = new_database()
        fill_log(url, rows)
        for way, named_by, raised in ways:
            file = folder / f"{named_by}.csv"
            write_labels(file, rows, named_by, raised=raised)
            before = server_cpu_s()
            measured = measure_add(file, PROBLEM, url, folder)
            figure = {"database": name, "way": way, "rows": rows}
            figure |= measured._asdict() | {"server_cpu_s": server_cpu_s() - before}
            click.echo(f"{name}, {rows:,}, {way}: {measured}, {count(url)}", err=True)
            figures.append(figure)
    return figures


@contextlib.contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[Callable[[], str], Callable[[], float]]]:
    """Yield what makes an empty database, and what reads the seconds of processor time of all."""
    if kind == "sqlite":
        numbers = itertools.count()
        yield lambda: f"sqlite:///{folder / f'log-{next(numbers)}.db'}", lambda: 0.0
        return
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path())
    server = PostgreSQL(str(programs / "initdb"), str(programs / "postgres"))

    def cpu_s() -> float:
        time.sleep(1)  # until the server has taken note of the connection's end
        times = psutil.Process(server.process.pid).cpu_times()
        return float(times.children_user + times.children_system)

    try:
        yield server.new_database, cpu_s
    finally:
        server.stop()


@click.command()
@click.option("--rows", default=SIZES, multiple=True, help="Sizes of the files.")
@click.option("--database", default=KINDS, type=click.Choice(KINDS), multiple=True)
def main(rows: tuple[int, ...], database: tuple[str, ...]) -> None:
    """Measure, and write the table."""
    figures = []
    for kind in database:
        for size in rows:
            with tempfile.TemporaryDirectory() as name, databases(kind, Path(name)) as found:
                figures += measure(kind, size, *found, Path(name))
                write_report(figures)


if __name__ == "__main__":
    main()

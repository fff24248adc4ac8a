"""Measure the steps at each number of rows: ``make bench-scale``."""

import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import psutil

from benchmarks.machine import described_machine
from benchmarks.scale import step
from benchmarks.scale.measure import measure
from benchmarks.scale.report import RESULTS, write_report
from benchmarks.scale.sales import write_sales
from homestead.engine.limits import total_memory
from homestead.problem.loader import dump_problem, load_problem

PROBLEM = Path(__file__).parents[2] / "problems" / "house_price.yaml"
SIZES = (10_000, 100_000, 1_000_000)
# HOMESTEAD_MEMORY by the most rows that get it: the targets' own limits.
_MEMORY = ((1_000_000, "2 GB"), (sys.maxsize, "4 GB"))
# Two executors of one core on this machine: what Spark adds where one machine would do.
_SPARK = {"HOMESTEAD_ENGINE": "spark", "HOMESTEAD_SPARK_MASTER": "local-cluster[2,1,1024]"}
_LIBRARIES = ("duckdb", "pyarrow", "pandas", "feast", "pyspark")


def measure_size(
    system: str, rows: int, steps: tuple[str, ...], folder: Path, settings: dict[str, str]
) -> list[dict[str, Any]]:
    """Measure the steps at one size in a new folder below ``folder``.

    Args:
        settings: environment variables of the steps, which are recorded.
    """
    source = folder / f"sales-{rows}.parquet"
    if not source.exists():
        write_sales(source, rows)
    figures = []
    with tempfile.TemporaryDirectory(dir=folder) as name:
        work = Path(name)
        problem = load_problem(PROBLEM).model_copy(update={"source": str(source)})
        (work / step.PROBLEM_FILE).write_text(dump_problem(problem), encoding="utf-8")
        environment = {**settings, "HOMESTEAD_HOME": str(work / "home"), "TMPDIR": str(work)}
        for asked in steps:
            command = [sys.executable, "-m", step.__name__, system, asked, str(work)]
            measured = measure(command, environment)
            click.echo(f"{system}, {rows:,}, {asked}: {measured}", err=True)
            figure = {"system": system, "rows": rows, "step": asked, "settings": settings}
            figures.append(figure | measured._asdict())
    return figures


def machine() -> dict[str, Any]:
    """Return what the figures were measured on, without its name."""
    return described_machine(os.getloadavg()[0]) | {
        "memory_gb": round(total_memory() / 1e9, 1),
        "swap_gb": round(psutil.swap_memory().total / 1e9, 1),
        "system": f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        "libraries": {name: version(name) for name in _LIBRARIES},
    }


@click.command()
@click.argument("sizes", nargs=-1, type=click.IntRange(min=1))
@click.option(
    "--baseline-rows",
    default=100_000,
    show_default=True,
    help="Most rows for pandas and Feast, whose join needs over 20 GB for a million.",
)
@click.option("--train", is_flag=True, help="Train the linear candidate too.")
@click.option("--spark", is_flag=True, help="Measure each size with two executors of Spark too.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of generated tables, which are kept; a temporary one if not given.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=RESULTS,
    help="Folder of the report; sizes that are not measured again stay in it.",
)
def main(
    sizes: tuple[int, ...],
    baseline_rows: int,
    train: bool,
    spark: bool,
    folder: Path | None,
    output: Path,
) -> None:
    """Measure the steps at SIZES rows, such as 10000 1000000; 10^4 to 10^6 if none are given."""
    before = machine()
    steps = step.STEPS if train else step.STEPS[:-1]
    figures: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as temporary:
        tables = folder or Path(temporary)
        tables.mkdir(parents=True, exist_ok=True)
        for rows in sizes or SIZES:
            memory = next(text for most, text in _MEMORY if rows <= most)
            settings = {"HOMESTEAD_MEMORY": memory}
            figures += measure_size(step.OURS, rows, steps, tables, settings)
            if spark:
                figures += measure_size(step.SPARK, rows, steps[:2], tables, settings | _SPARK)
            if rows <= baseline_rows:
                figures += measure_size(step.BASELINE, rows, steps[:2], tables, {})
    click.echo(write_report(figures, before, output))


if __name__ == "__main__":
    main()

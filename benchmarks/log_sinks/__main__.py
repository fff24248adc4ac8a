"""What shipping the log to sqlite, PostgreSQL and Parquet files costs: ``make bench-log-sinks``."""

import contextlib
import json
import math
import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import psutil
import sqlalchemy as sa

from benchmarks.log_sinks.report import write_report
from benchmarks.machine import described_machine
from homestead.database.engine import open_engine
from homestead.database.migrations.upgrade import upgrade
from homestead.prediction_log.entries import PredictionEntry
from homestead.prediction_log.shipper import Shipper
from homestead.prediction_log.spool import Spool
from homestead.setting_values import sqlite_url
from tests.conftest import PostgreSQL

KINDS = ("sqlite", "postgresql", "parquet")
FEATURES = (
    *("ln_living", "ln_lot", "bedrooms", "bathrooms", "floors", "view", "condition", "grade"),
    *("yr_built", "lat", "long", "local_premium"),
)
_START_S = 1_750_000_000.0
_PER_SECOND = 1000
# As servers have it with ``HOMESTEAD_LOG_URI``: an open segment is shipped once it is full.
_PARQUET_SEGMENT_BYTES = 16 * 2**20


def fill_spool(folder: Path, requests: int, rows: int, segment_bytes: int | None) -> int:
    """Write requests of house prices as a server does, and return the bytes of the spool."""
    spool = Spool(folder, 65_536, segment_bytes=segment_bytes)
    draw = random.Random(1)  # noqa: S311 - of data
    for number in range(requests):
        houses = [_house(draw) for _ in range(rows)]
        time_ms = int((_START_S + number / _PER_SECOND) * 1000)
        spool.append(
            PredictionEntry(
                id=f"{time_ms:013x}{draw.getrandbits(76):019x}",
                problem="house_price",
                version="3",
                digest="d" * 64,
                timestamp_s=_START_S + number / _PER_SECOND,
                feature_names=FEATURES,
                features=houses,
                predictions=[draw.lognormvariate(13, 0.5) for _ in range(rows)],
                entities=[str(draw.randrange(10**6, 10**10)) for _ in range(rows)],
            )
        )
    spool.close()
    return sum(path.stat().st_size for path in folder.glob("*.jsonl"))


def _house(draw: random.Random) -> list[float | str | None]:
    """Return a house's features, of the precision that house sales have."""
    sizes = [math.log(draw.randrange(500, 5000, 10)), math.log(draw.randrange(600, 60_000))]
    rooms = [draw.choice([2.0, 3.0, 4.0, 5.0]), draw.randrange(4, 16) / 4, draw.choice([1.0, 2.0])]
    grades = [0.0, draw.choice([3.0, 4.0]), float(draw.randrange(5, 12))]
    place = [draw.randrange(471_559, 477_776) / 1e4, draw.randrange(-122_519, -121_315) / 1e3]
    return [*sizes, *rooms, *grades, float(draw.randrange(1900, 2015)), *place, draw.gauss(0, 0.2)]


def measure(kind: str, requests: int, rows: int, folder: Path) -> dict[str, Any]:
    """Ship a spool to one kind of sink; times are of the processor unless they say otherwise."""
    spool = folder / f"spool-{kind}"
    segment_bytes = _PARQUET_SEGMENT_BYTES if kind == "parquet" else None
    spool_bytes = fill_spool(spool, requests, rows, segment_bytes)
    with _database(kind, folder) as (url, server):
        engine = open_engine(url)
        upgrade(engine)
        root = str(folder / "log") if kind == "parquet" else ""
        shipper = Shipper(spool, engine, parquet_root=root)
        cpu, server_cpu, started = time.process_time(), _cpu_s(server), time.perf_counter()
        shipper.ship()
        seconds, own = time.perf_counter() - started, time.process_time() - cpu
        if shipper.error or list(spool.glob("*.jsonl")):
            raise click.ClickException(f"{kind}: {shipper.error or 'rows are left'}")
        result = {
            "sink": kind,
            "rows": requests * rows,
            "rows_per_request": rows,
            "seconds": seconds,
            "cpu_s": own,
            "server_cpu_s": _cpu_s(server) - server_cpu,
            "spool_bytes": spool_bytes,
            "stored_bytes": _stored_bytes(kind, engine, folder),
        }
        engine.dispose()
    return result


@contextlib.contextmanager
def _database(kind: str, folder: Path) -> Iterator[tuple[str, psutil.Process | None]]:
    """Provide the database, and the process of its server."""
    if kind != "postgresql":
        yield sqlite_url(folder / f"{kind}.db"), None
        return
    folders = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    paths = os.pathsep.join([os.environ.get("PATH", os.defpath), *folders])
    initdb, postgres = (shutil.which(name, path=paths) for name in ("initdb", "postgres"))
    if initdb is None or postgres is None:
        raise click.ClickException("needs postgres: apt-get install postgresql")
    server = PostgreSQL(initdb, postgres)
    try:
        yield server.new_database(), psutil.Process(server.process.pid)
    finally:
        server.stop()


def _cpu_s(server: psutil.Process | None) -> float:
    """Return the processor time of a server and of its processes that have not ended."""
    total = 0.0
    for process in [] if server is None else [server, *server.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _stored_bytes(kind: str, engine: sa.Engine, folder: Path) -> int:
    if kind == "parquet":
        return sum(path.stat().st_size for path in (folder / "log").rglob("*.parquet"))
    if kind == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return (folder / "sqlite.db").stat().st_size
    with engine.connect() as connection:
        size = connection.exec_driver_sql("SELECT pg_total_relation_size('predictions')").scalar()
    return int(size or 0)


@click.command()
@click.option("--requests", default=100_000, show_default=True)
@click.option("--rows", default=1, show_default=True, help="Rows of each request.")
@click.option("--kind", "kinds", type=click.Choice(KINDS), multiple=True, default=KINDS)
@click.option("--output", type=click.Path(path_type=Path), default=None)
def main(requests: int, rows: int, kinds: tuple[str, ...], output: Path | None) -> None:
    """Measure each kind of sink, one after the other."""
    load = os.getloadavg()[0]
    figures = []
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="homestead-sinks-") as folder:
            # PostgreSQL's server is another user's, who must be able to enter no folder of ours.
            figures.append(measure(kind, requests, rows, Path(folder)))
        click.echo(figures[-1], err=True)
    results = output or Path(__file__).parent / "results"
    results.mkdir(parents=True, exist_ok=True)
    content = {"machine": described_machine(load), "figures": figures}
    (results / "log_sinks.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    write_report(content, results / "log_sinks.md")


if __name__ == "__main__":
    main()

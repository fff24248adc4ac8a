"""The prediction log in Parquet files, as statements about its table read it."""

import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from homestead.engine.limits import connect
from homestead.prediction_log.parquet.connection import ParquetConnection
from homestead.prediction_log.parquet.layout import filesystem, hour_folders, hour_of, kind_of
from homestead.prediction_log.parquet.table import create_predictions

if TYPE_CHECKING:
    import duckdb

# A prediction is logged with the time of its request's arrival, its id has that of its answer.
_ID_MARGIN_S = 3600.0
_TIME_DIGITS = 13
# No log of ours is older: 2020-01-01.
_FIRST_TIME_S = 1_577_836_800.0


@dataclass(frozen=True)
class ParquetLog:
    """A log whose predictions lie in Parquet files, and all else in a database.

    ``connect`` answers to the same statements as that of an engine: those about predictions are
    run by DuckDB over the files.

    Attributes:
        engine: the database with labels, feedback and what a release is judged by.
        root: folder or URI of the files.
        problem: whose predictions are read.
        since_s, until_s: hours that are read, by seconds since 1970; None for no limit.
        hours: the only hours that are read, see :func:`hour_of`; None for all.
    """

    engine: sa.Engine
    root: str
    problem: str = ""
    since_s: float | None = None
    until_s: float | None = None
    hours: frozenset[str] | None = None

    @contextmanager
    def connect(self) -> Iterator[ParquetConnection]:
        """Open a connection for statements about predictions.

        Raises:
            UserError: DuckDB's share of memory and the disk do not suffice.
        """
        with (
            self.files() as (database, found),
            self.engine.connect() as connection,
        ):
            create_predictions(database, found)
            yield ParquetConnection(database, connection, self._select_labels)

    @contextmanager
    def files(self) -> "Iterator[tuple[duckdb.DuckDBPyConnection, dict[str, list[str]]]]":
        """Open DuckDB with access to the log's files, and find those that are to be read.

        Returns:
            DuckDB, and the files by kind: those of one kind have the same columns.
        """
        files, root = filesystem(self.root)
        with connect(preserve_order=False, purpose="reading the prediction log") as database:
            is_local = "file" in _protocols(files)
            if not is_local:
                database.register_filesystem(files)
            by_kind: dict[str, list[str]] = {}
            for hour in self._hours(files, root):
                for path in sorted(files.ls(hour, detail=False)):
                    name = path.rpartition("/")[2]
                    if name.endswith(".parquet") and not name.startswith("."):
                        address = path if is_local else files.unstrip_protocol(path)
                        by_kind.setdefault(kind_of(name), []).append(address)
            yield database, by_kind

    def _select_labels(self, table: sa.Table) -> sa.Select[Any]:
        """Return a statement for the labels of the predictions that are read."""
        labels = sa.select(table).where(table.c.problem == self.problem)
        if self.since_s is not None:
            labels = labels.where(table.c.at >= self.since_s)
        if self.until_s is not None:
            labels = labels.where(table.c.at <= self.until_s)
        return labels

    def _hours(self, files: Any, root: str) -> Iterator[str]:
        for hour, folder in hour_folders(files, root, self.problem, self.since_s, self.until_s):
            if self.hours is None or hour_of(hour.timestamp()) in self.hours:
                yield folder


# Where predictions are read from: the database, or files beside it.
LogSource = sa.Engine | ParquetLog
LogConnection = sa.Connection | ParquetConnection


def log_source(engine: sa.Engine, root: str) -> LogSource:
    """Return where predictions are read from.

    Args:
        engine: the database.
        root: the setting ``HOMESTEAD_LOG_URI``.
    """
    return ParquetLog(engine, root) if root else engine


def database_of(source: LogSource) -> sa.Engine:
    """Return the database, which holds labels, feedback and reports whatever the source."""
    return source.engine if isinstance(source, ParquetLog) else source


def of_window(
    source: LogSource, problem: str, since_s: float | None = None, until_s: float | None = None
) -> LogSource:
    """Return a problem's part of the log.

    A statement must have the same limits: files hold whole hours, and a database is not limited.

    Args:
        since_s: first time, seconds since 1970.
        until_s: last time.
    """
    if not isinstance(source, ParquetLog):
        return source
    return replace(source, problem=problem, since_s=since_s, until_s=until_s, hours=None)


def of_hours(source: ParquetLog, problem: str, hours: frozenset[str]) -> ParquetLog:
    """Return some hours of a problem's log."""
    return replace(source, problem=problem, since_s=None, until_s=None, hours=hours)


def newest_hours(source: LogSource, problem: str, count: int) -> LogSource:
    """Return the newest hours of a problem's log that have files, or a whole database.

    Args:
        count: of hours.
    """
    if not isinstance(source, ParquetLog):
        return source
    folders = hour_folders(*filesystem(source.root), problem)
    hours = [hour_of(hour.timestamp()) for hour, _ in folders]
    return of_hours(source, problem, frozenset(hours[-count:]))


def hours_of_ids(names: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the hours that predictions were logged in, and the ids that do not say when."""
    hours, undated = set(), set()
    now_s = time.time()
    for name in names:
        time_s = time_of_id(name)
        if time_s is None or not _FIRST_TIME_S < time_s < now_s + _ID_MARGIN_S:
            undated.add(name)
        else:
            # The request arrived before, and another server's clock may be ahead.
            hours |= {hour_of(time_s + step) for step in (-_ID_MARGIN_S, 0.0, _ID_MARGIN_S)}
    return frozenset(hours), frozenset(undated)


def windows_of_id(source: LogSource, problem: str, name: str) -> Iterator[LogSource]:
    """Yield where a prediction may be, the likeliest first: the hour that its id begins with."""
    if isinstance(source, ParquetLog):
        time_s = time_of_id(name)
        if time_s is not None:
            yield of_window(source, problem, time_s - _ID_MARGIN_S, time_s + _ID_MARGIN_S)
    yield of_window(source, problem)


def time_of_id(name: str) -> float | None:
    """Return the time that an id of a server begins with, in seconds since 1970.

    The id of a request that may be repeated can begin with other digits.
    """
    try:
        return int(name[:_TIME_DIGITS], 16) / 1e6 if len(name) > _TIME_DIGITS else None
    except ValueError:
        return None


def _protocols(files: Any) -> Collection[str]:
    return files.protocol if isinstance(files.protocol, tuple) else (files.protocol,)

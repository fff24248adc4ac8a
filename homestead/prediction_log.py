"""The prediction log: a local spool that a killed process can't lose, and the table it goes to.

A line is in the spool before its answer leaves. Shipping is by the key (prediction id, row) and may
be done twice, so a segment whose owner died is simply shipped from its start.
"""

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

if TYPE_CHECKING:
    import pandas as pd

_SEGMENT_BYTES = 16 * 1024 * 1024
_BATCH_LINES = 500
_PAUSE_S = 0.2

_TABLES = sa.MetaData()
PREDICTIONS = sa.Table(
    "predictions",
    _TABLES,
    sa.Column("prediction_id", sa.String(64), primary_key=True),
    sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("problem", sa.String(64), nullable=False),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("request_id", sa.Text),
    sa.Column("at", sa.Float(53), nullable=False),
    sa.Column("entity", sa.Text),
    sa.Column("features", sa.Text, nullable=False),
    sa.Column("prediction", sa.Float(53)),
    sa.Column("label", sa.Text),
    sa.Index("predictions_by_time", "problem", "at"),
)


class Entry(msgspec.Struct):
    """What one answered request leaves; lists are by row.

    Attributes:
        at: seconds since 1970.
        names: the model's inputs; ``features`` holds their values, null for missing.
        predictions: the value, or the label's probability.
    """

    id: str
    problem: str
    version: str
    digest: str
    at: float
    names: tuple[str, ...]
    features: list[list[float | None]]
    predictions: list[float]
    request_id: str | None = None
    entities: list[str | None] = []
    labels: list[str] | None = None


class Spool:
    """Segments of lines in a folder; the one that is written to is locked by its process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.appended = 0
        self._encode = msgspec.json.Encoder().encode
        self._open()

    def _open(self) -> None:
        self.path = self.folder / f"{time.time_ns():020d}-{os.getpid()}.jsonl"
        flags = os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_EXCL
        self._file = os.open(self.path, flags, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self._size = 0

    def append(self, entry: Entry) -> None:
        """Write an entry as one line.

        Raises:
            OSError: it could not be written whole; the answer must not leave.
        """
        line = self._encode(entry) + b"\n"
        written = os.write(self._file, line)
        if written != len(line):
            # A torn line is skipped by the reader; the next entry begins on a line of its own.
            os.write(self._file, b"\n")
            raise OSError(f"prediction log: {written} of {len(line)} bytes written")
        self.appended += len(entry.features)
        self._size += written
        if self._size > _SEGMENT_BYTES:
            old = self._file
            self._open()
            os.close(old)

    def close(self) -> None:
        """Let go of the segment."""
        os.close(self._file)


class Shipper(threading.Thread):
    """Ships segments to the database until it is stopped; what it can't ship stays."""

    def __init__(self, spool: Spool, database_url: str) -> None:
        super().__init__(daemon=True, name="prediction-log")
        self._spool = spool
        self._engine = sa.create_engine(database_url, pool_pre_ping=True)
        self._place: dict[Path, int] = {}
        self._ended = threading.Event()
        self._ready = False
        self._shipped = 0
        self.error = ""

    @property
    def lag(self) -> int:
        """Rows of this process that are in the spool and not yet in the database."""
        return self._spool.appended - self._shipped

    def run(self) -> None:
        while not self._ended.wait(_PAUSE_S):
            self._try()

    def stop(self) -> None:
        """Ship what is there, and end."""
        self._ended.set()
        self.join()
        self._try()
        self._engine.dispose()

    def _try(self) -> None:
        try:
            self._ship()
            self.error = ""
        except (sa.exc.SQLAlchemyError, OSError) as error:
            # The database is away or busy: the spool keeps everything, the next turn tries again.
            self.error = str(error)

    def _ship(self) -> None:
        if not self._ready:
            _TABLES.create_all(self._engine)
            self._ready = True
        for path in sorted(self._spool.folder.glob("*.jsonl")):
            own = path == self._spool.path
            with path.open("rb") as file:
                if not own and not _is_left(file.fileno()):
                    continue
                mine = path.name.endswith(f"-{os.getpid()}.jsonl")
                for entries, place in _read(file, self._place.get(path, 0)):
                    self._insert(entries)
                    self._place[path] = place
                    self._shipped += sum(len(e.features) for e in entries) if mine else 0
                if not own and path != self._spool.path:
                    path.unlink(missing_ok=True)
                    self._place.pop(path, None)

    def _insert(self, entries: list[Entry]) -> None:
        rows = [row for entry in entries for row in _rows(entry)]
        if not rows:
            return
        if self._engine.dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import insert
        else:
            from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
        with self._engine.begin() as connection:
            connection.execute(insert(PREDICTIONS).on_conflict_do_nothing(), rows)


def _is_left(descriptor: int) -> bool:
    """Whether a segment's writer is gone, so that its lock can be had."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: Any, place: int) -> Iterator[tuple[list[Entry], int]]:
    """Batches of whole lines from ``place`` on, each with the place behind it."""
    decode = msgspec.json.Decoder(Entry).decode
    file.seek(place)
    entries: list[Entry] = []
    for line in file:
        if not line.endswith(b"\n"):
            break
        place += len(line)
        try:
            entries.append(decode(line))
        except msgspec.DecodeError:
            # Torn by a kill or a full disk while it was written: its answer never left.
            continue
        if len(entries) >= _BATCH_LINES:
            yield entries, place
            entries = []
    yield entries, place


def _rows(entry: Entry) -> Iterator[dict[str, Any]]:
    for number, values in enumerate(entry.features):
        features = dict(zip(entry.names, values, strict=True))
        yield {
            "prediction_id": entry.id,
            "row": number,
            "problem": entry.problem,
            "version": entry.version,
            "digest": entry.digest,
            "request_id": entry.request_id,
            "at": entry.at,
            "entity": entry.entities[number] if entry.entities else None,
            "features": msgspec.json.encode(features).decode(),
            "prediction": entry.predictions[number],
            "label": entry.labels[number] if entry.labels else None,
        }


def read_window(
    engine: sa.Engine,
    problem: str,
    since: datetime | None = None,
    until: datetime | None = None,
    last: int | None = None,
) -> "pd.DataFrame":
    """The model inputs of logged rows, oldest first.

    Args:
        since: inclusive, until: exclusive; without a zone they are UTC.
        last: only the newest rows of the window.

    Returns:
        One column a feature, float64, NaN for missing; no columns where nothing was logged.
    """
    import pandas as pd

    if not sa.inspect(engine).has_table(PREDICTIONS.name):
        return pd.DataFrame()
    columns = PREDICTIONS.c
    query = sa.select(columns.features).where(columns.problem == problem)
    if since is not None:
        query = query.where(columns.at >= _seconds(since))
    if until is not None:
        query = query.where(columns.at < _seconds(until))
    query = query.order_by(columns.at.desc(), columns.prediction_id, columns.row)
    if last is not None:
        query = query.limit(last)
    with engine.connect() as connection:
        rows = [msgspec.json.decode(found[0]) for found in connection.execute(query)]
    return pd.DataFrame(rows[::-1]).astype(float)


def _seconds(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

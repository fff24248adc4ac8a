"""The prediction log: the table, and the way from the local spool to it.

Shipping is by the key (prediction id, row) and may be done twice, so a segment whose owner died is
simply shipped from its start.
"""

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from homestead.spool import Entry, Spool, is_left, read_entries

if TYPE_CHECKING:
    import pandas as pd

_LOG = logging.getLogger(__name__)
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


def connect(database_url: str) -> sa.Engine:
    """An engine for the log's database."""
    if database_url.startswith("postgresql"):
        # A database that doesn't answer must not hold up a stop.
        return sa.create_engine(
            database_url, pool_pre_ping=True, connect_args={"connect_timeout": 5}
        )
    engine = sa.create_engine(database_url)

    @sa.event.listens_for(engine, "connect")
    def _tune(connection: Any, _: Any) -> None:
        # Readers and other writers of the file go on while a batch is written.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


class Shipper(threading.Thread):
    """Ships segments to the database until it is stopped; what it can't ship stays."""

    def __init__(self, spool: Spool, engine: sa.Engine) -> None:
        super().__init__(daemon=True, name="prediction-log")
        self._spool = spool
        self._engine = engine
        self._place: dict[Path, int] = {}
        self._ended = threading.Event()
        self._ready = False
        self._found = 0
        self._shipped = 0
        self.error = ""

    @property
    def lag(self) -> int:
        """Rows in the spool, left over ones too, that are not yet in the database."""
        return self._spool.appended + self._found - self._shipped

    def run(self) -> None:
        while not self._ended.wait(_PAUSE_S):
            self._try()

    def stop(self) -> None:
        """Ship what is there, and end. Nothing may be appended afterwards."""
        self._ended.set()
        if self.is_alive():
            self.join()
        self._spool.close()
        self._try()

    def _try(self) -> None:
        try:
            self._ship()
            self.error = ""
        except Exception as error:
            # The database is away or busy: the spool keeps everything, the next turn tries again.
            if not self.error:
                _LOG.warning("prediction log: not shipped, will try again: %s", error)
            self.error = str(error)

    def _ship(self) -> None:
        paths = sorted(self._spool.folder.glob("*.jsonl"))
        for path in paths:
            self._notice(path)
        if not self._ready:
            _TABLES.create_all(self._engine)
            self._ready = True
        for path in paths:
            own = path == self._spool.path
            if path not in self._place:
                continue
            try:
                file = path.open("rb")
            except FileNotFoundError:
                continue  # another process shipped it
            with file:
                if not own and not is_left(file.fileno()):
                    continue
                for entries, place in read_entries(file, self._place[path]):
                    self._insert(entries)
                    self._place[path] = place
                    self._shipped += sum(len(e.features) for e in entries)
                if not own:
                    path.unlink(missing_ok=True)
                    self._place.pop(path)
                    self._spool.made.discard(path)

    def _notice(self, path: Path) -> None:
        """Count the rows of a segment that a dead process left."""
        if path in self._place:
            return
        if path not in self._spool.made:
            try:
                file = path.open("rb")
            except FileNotFoundError:
                return
            with file:
                if not is_left(file.fileno()):
                    return
                self._found += sum(len(e.features) for es, _ in read_entries(file, 0) for e in es)
        self._place[path] = 0

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

"""Rows of Feast's sqlite store: one query for all entities of a view."""

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from homestead.features.feast_layout import (
    decode_key,
    decode_value,
    encode_key,
    encode_value,
    key_prefix,
)
from homestead.features.stored_rows import EncodedEntity, ReadCallback, RowResult, StoredRow
from homestead.problem.contract import ContractView
from homestead.problem.entity_keys import EntityKey

# No view has a name with a dot, so none has this table.
_FRESHNESS_TABLE = '"homestead.freshness"'
# Variables that one query may have, also in old versions of sqlite.
_MAX_VARIABLES = 900


class SqliteRowReader:
    """Reads entities in a thread.

    A view's table is named ``project_view`` and has a row for each entity and feature.
    """

    def __init__(self, path: Path, project: str, views: Iterable[ContractView]) -> None:
        """Open the database when the first rows are read."""
        self._path = path
        self._tables: dict[str, str] = {}
        self._prefixes: dict[str, bytes] = {}
        for view in views:
            self._tables[view.name] = _quoted(f"{project}_{view.name}")
            self._prefixes[view.name] = key_prefix(view.entity)
        self._connection: sqlite3.Connection | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="features")

    def encode(self, view: ContractView, key: EntityKey) -> EncodedEntity:
        """Return a serialized entity key.

        Raises:
            ValueError, struct.error: the store cannot hold such a key.
        """
        return EncodedEntity(view, encode_key(self._prefixes[view.name], key))

    def start_read(self, entities: Sequence[EncodedEntity], done: ReadCallback) -> None:
        """Read rows; a whole read fails with sqlite3.Error."""
        loop = asyncio.get_running_loop()

        def finish(future: Future[list[RowResult]]) -> None:
            with suppress(RuntimeError):  # the event loop is closed
                error = future.exception()
                result = error if isinstance(error, Exception) else future.result()
                loop.call_soon_threadsafe(done, result)

        self._executor.submit(self._read, entities).add_done_callback(finish)

    def cancel_read(self) -> None:
        """Let the read end in its thread; its result comes too late."""

    def freshness(self) -> dict[str, float]:
        """Return the newest event time of each view, as :func:`write_sqlite_freshness` wrote it.

        May be called in any thread.

        Raises:
            sqlite3.Error: the database cannot be read, or lacks a view.
        """
        with closing(_open(self._path)) as connection:
            for table in self._tables.values():
                connection.execute(f"SELECT 1 FROM {table} LIMIT 1")
            if not connection.execute(f"PRAGMA table_info({_FRESHNESS_TABLE})").fetchall():
                return {}
            return dict(connection.execute(f"SELECT view, time FROM {_FRESHNESS_TABLE}"))

    def some_keys(self, view: ContractView, count: int) -> list[EntityKey]:
        """Return up to ``count`` keys that the view has rows of, found without reading all.

        May be called in any thread.

        Raises:
            sqlite3.Error: the database cannot be read, or lacks the view.
        """
        query = f"SELECT DISTINCT entity_key FROM {self._tables[view.name]} LIMIT ?"
        with closing(_open(self._path)) as connection:
            stored = connection.execute(query, [count]).fetchall()
        return [decode_key(self._prefixes[view.name], content) for (content,) in stored]

    def close(self) -> None:
        """Close the database and end the thread."""
        self._executor.submit(self._close)
        self._executor.shutdown(wait=False)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self, entities: Sequence[EncodedEntity]) -> list[RowResult]:
        if self._connection is None:
            self._connection = _open(self._path)
        by_view: dict[str, dict[bytes, RowResult]] = {}
        views = {entity.view.name: entity.view for entity in entities}
        for name, view in views.items():
            keys = list(dict.fromkeys(e.content for e in entities if e.view.name == name))
            by_view[name] = self._read_view(self._connection, view, keys)
        return [by_view[entity.view.name].get(entity.content) for entity in entities]

    def _read_view(
        self, connection: sqlite3.Connection, view: ContractView, keys: list[bytes]
    ) -> dict[bytes, RowResult]:
        rows: dict[bytes, RowResult] = {}
        for part in _parts(keys):
            marks = ",".join("?" * len(part))
            condition = f"{self._tables[view.name]} WHERE entity_key IN ({marks})"
            query = f"SELECT entity_key, feature_name, value, event_ts FROM {condition}"
            for key, feature, content, time in connection.execute(query, part):
                try:
                    stored = rows.get(key)
                    if stored is None:
                        stored = rows[key] = StoredRow(dict.fromkeys(view.features), _seconds(time))
                    if isinstance(stored, StoredRow) and feature in stored.values:
                        stored.values[feature] = decode_value(content)
                except Exception as error:
                    # Whatever is stored there, it concerns this row alone.
                    rows[key] = error
        return rows


def write_sqlite_rows(
    path: Path, project: str, view: str, rows: Iterable[tuple[bytes, int, dict[str, float | None]]]
) -> None:
    """Write rows of a view as Feast's store would, which takes three times as long.

    All in one transaction. Feast has made the table.

    Args:
        rows: an entity's serialized key, its event time in microseconds since 1970, and its values
            by feature.
    """
    table = _quoted(f"{project}_{view}")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(
            f"INSERT INTO {table} (entity_key, feature_name, value, value_text, event_ts)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT(entity_key, feature_name) DO UPDATE SET"
            " value = excluded.value, value_text = excluded.value_text,"
            " event_ts = excluded.event_ts, created_ts = NULL",
            (
                (key, feature, encode_value(value), None if value is None else str(value), stored)
                for key, microseconds, values in rows
                for stored in [_stored_time(microseconds)]
                for feature, value in values.items()
            ),
        )


@lru_cache(4096)
def _stored_time(microseconds: int) -> int:
    """Return an event time as Feast stores it: the time in UTC as if it were local, in seconds."""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
    return int(moment.replace(tzinfo=None).timestamp())


def write_sqlite_freshness(path: Path, times: dict[str, float]) -> None:
    """Note the newest event time of each view, in seconds since 1970."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {_FRESHNESS_TABLE} (view TEXT PRIMARY KEY, time REAL)"
        )
        connection.executemany(
            f"INSERT OR REPLACE INTO {_FRESHNESS_TABLE} VALUES (?, ?)",
            times.items(),
        )


def _open(path: Path) -> sqlite3.Connection:
    # Not read-only, which could not roll back what a writer that was killed has left.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, check_same_thread=False)


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _parts(keys: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(keys), _MAX_VARIABLES):
        yield keys[start : start + _MAX_VARIABLES]


@lru_cache(4096)
def _seconds(stored: int | str) -> float:
    """Return an event time; Feast writes the time in UTC as if it were local.

    It is a text where another library, such as pandas in ``to_sql``, has replaced the way in which
    Feast makes sqlite store times.
    """
    if isinstance(stored, str):
        return datetime.fromisoformat(stored).replace(tzinfo=UTC).timestamp()
    return datetime.fromtimestamp(stored).replace(tzinfo=UTC).timestamp()

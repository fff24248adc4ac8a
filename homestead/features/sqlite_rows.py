"""Rows of Feast's sqlite store: one query for all entities of a view."""

import asyncio
import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from homestead.features.feast_layout import decode_value, encode_key, key_prefix
from homestead.features.stored_rows import StoredRow, ViewKeys
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
        self._tables = {view.name: _quoted(f"{project}_{view.name}") for view in views}
        self._connection: sqlite3.Connection | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="features")

    async def read(self, view_keys: ViewKeys) -> list[list[StoredRow | None]]:
        """Return the rows of each view's keys in their order, None for an unknown entity.

        Raises:
            sqlite3.Error: the database cannot be read.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._read, view_keys)

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

    def close(self) -> None:
        """Close the database and end the thread."""
        self._executor.submit(self._close)
        self._executor.shutdown(wait=False)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read(self, view_keys: ViewKeys) -> list[list[StoredRow | None]]:
        if self._connection is None:
            self._connection = _open(self._path)
        return [self._read_view(self._connection, view, keys) for view, keys in view_keys]

    def _read_view(
        self, connection: sqlite3.Connection, view: ContractView, keys: list[EntityKey]
    ) -> list[StoredRow | None]:
        prefix = key_prefix(view.entity)
        encoded = [encode_key(prefix, key) for key in keys]
        values: dict[bytes, dict[str, float | None]] = {}
        times: dict[bytes, float] = {}
        for part in _parts(encoded):
            marks = ",".join("?" * len(part))
            condition = f"{self._tables[view.name]} WHERE entity_key IN ({marks})"
            query = f"SELECT entity_key, feature_name, value, event_ts FROM {condition}"
            for key, feature, content, time in connection.execute(query, part):
                stored = values.get(key)
                if stored is None:
                    stored = values[key] = dict.fromkeys(view.features)
                    times[key] = _seconds(time)
                if feature in stored:
                    stored[feature] = decode_value(content)
        return [StoredRow(values[key], times[key]) if key in values else None for key in encoded]


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
def _seconds(stored: int) -> float:
    """Return an event time; Feast writes the time in UTC as if it were local."""
    return datetime.fromtimestamp(stored).replace(tzinfo=UTC).timestamp()

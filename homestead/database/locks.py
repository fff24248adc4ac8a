"""Named exclusive locks in the database that all parts of a deployment share."""

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from homestead.errors import UserError
from homestead.settings import Settings

LOCK_TIMEOUT_S = 600


def is_process_running(process_id: int) -> bool:
    """Return whether a process with this id runs on this machine."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it belongs to another user
    return True


@contextmanager
def exclusive_lock(settings: Settings, name: str) -> Iterator[None]:
    """Hold the lock ``name`` for the block; the lock of a killed holder is released by itself.

    Raises:
        UserError: another process held the lock for ten minutes.
    """
    from sqlalchemy import make_url

    url = settings.database_url
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        with _sqlite_lock(Path(parsed.database or "").parent / "locks", name):
            yield
    else:
        with _postgresql_lock(url, name):
            yield


@contextmanager
def _sqlite_lock(folder: Path, name: str) -> Iterator[None]:
    """Hold a write transaction on a small file beside the database, which itself stays free."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.db"
    connection = sqlite3.connect(path, timeout=LOCK_TIMEOUT_S, isolation_level=None)
    try:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise UserError(f"lock {name}: {error} for {LOCK_TIMEOUT_S} s") from None
        yield
    finally:
        connection.close()


@contextmanager
def _postgresql_lock(url: str, name: str) -> Iterator[None]:
    """Hold an advisory lock of a session."""
    from sqlalchemy import exc, text

    from homestead.database.engine import open_engine

    # Twice as long, so that PostgreSQL's lock_timeout comes first.
    engine = open_engine(url, 2 * LOCK_TIMEOUT_S)
    try:
        with engine.connect() as session:
            session.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'"))
            parameters = {"key": zlib.crc32(name.encode())}
            try:
                session.execute(text("SELECT pg_advisory_lock(:key)"), parameters)
            except exc.OperationalError as error:
                raise UserError(f"lock {name}: {error.orig}") from None
            session.commit()
            try:
                yield
            finally:
                session.execute(text("SELECT pg_advisory_unlock(:key)"), parameters)
                session.commit()
    finally:
        engine.dispose()

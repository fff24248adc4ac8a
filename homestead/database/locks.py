"""One at a time: locks in the database that all parts of a deployment share."""

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from homestead.errors import UserError
from homestead.settings import Settings

LOCK_TIMEOUT_S = 600


def is_running(pid: int) -> bool:
    """Whether a process of this machine runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


@contextmanager
def exclusive_lock(settings: Settings, name: str) -> Iterator[None]:
    """Hold the lock ``name`` for the block. A killed holder lets go by itself.

    PostgreSQL: an advisory lock of a session. sqlite: a write transaction on a small file beside
    the database, so that the database itself is not held.

    Raises:
        UserError: somebody else held it for ten minutes.
    """
    url = settings.database_url
    if url.startswith("sqlite:///"):
        folder = Path(url.removeprefix("sqlite:///")).parent / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            folder / f"{name}.db", timeout=LOCK_TIMEOUT_S, isolation_level=None
        )
        try:
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise UserError(f"lock {name}: {error} for {LOCK_TIMEOUT_S} s") from None
            yield
        finally:
            connection.close()
        return
    from sqlalchemy import exc, text

    from homestead.database.engine import open_engine

    # The lock's own time-out comes first.
    engine = open_engine(url, 2 * LOCK_TIMEOUT_S)
    try:
        with engine.connect() as session:
            session.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'"))
            key = {"key": zlib.crc32(name.encode())}
            try:
                session.execute(text("SELECT pg_advisory_lock(:key)"), key)
            except exc.OperationalError as error:
                raise UserError(f"lock {name}: {error.orig}") from None
            session.commit()
            try:
                yield
            finally:
                session.execute(text("SELECT pg_advisory_unlock(:key)"), key)
                session.commit()
    finally:
        engine.dispose()

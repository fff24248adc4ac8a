"""One at a time: locks in the database that all parts of a deployment share."""

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from homestead.errors import UserError
from homestead.settings import Settings

PATIENCE_S = 600


def alive(pid: int) -> bool:
    """Whether a process of this machine runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True


@contextmanager
def exclusive(settings: Settings, name: str) -> Iterator[None]:
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
            folder / f"{name}.db", timeout=PATIENCE_S, isolation_level=None
        )
        try:
            try:
                connection.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise UserError(f"lock {name}: {error} for {PATIENCE_S} s") from None
            yield
        finally:
            connection.close()
        return
    from sqlalchemy import exc, text

    from homestead.database.engine import connect

    # The lock's own time-out comes first.
    engine = connect(url, 2 * PATIENCE_S)
    try:
        with engine.connect() as session:
            session.execute(text(f"SET lock_timeout = '{PATIENCE_S}s'"))
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

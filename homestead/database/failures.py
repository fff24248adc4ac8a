"""What a database refuses, in one line."""

import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from homestead.settings import Settings

_VARIABLES = "HOMESTEAD_DATABASE_URL, MLFLOW_TRACKING_URI or HOMESTEAD_FEAST_REGISTRY"

# SQLite's text for SQLITE_FULL.
_FULL = "database or disk is full"


def database_failure(error: BaseException) -> str | None:
    """Return why a database cannot be used, or None for an error of another kind.

    Errors that were raised from one of a database count too: MLflow raises errors of its own.
    """
    cause: BaseException | None = error
    while cause is not None:
        # A damaged file is a plain DatabaseError; its other kinds are mistakes in our statements.
        if isinstance(cause, sa.exc.OperationalError) or type(cause) is sa.exc.DatabaseError:
            return _explain(str(cause.orig).strip().partition("\n")[0])
        cause = cause.__cause__ or cause.__context__
    return None


def _explain(reason: str) -> str:
    locked = ", ".join(map(str, _locked_files(Settings.read()))) if "locked" in reason else ""
    if locked:
        return f"{locked}: another process has locked the database; try again when it has ended"
    damaged = next(_damaged_files(Settings.read()), None)
    if damaged is not None:
        path = shlex.quote(str(damaged))
        return (
            f"cannot use a database: {damaged}: {reason}. Restore a copy, or begin anew without"
            f" what it held: mv {path} {path}.damaged"
        )
    free = ""
    if reason == _FULL:
        home = shlex.quote(str(Settings.read().home))
        free = f". Free some (df -h {home}), or name another place"
    return f"cannot use a database, see {_VARIABLES}: {reason}{free}"


def _damaged_files(settings: Settings) -> Iterator[Path]:
    for path in _files(settings):
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            try:
                connection.execute("SELECT count(*) FROM sqlite_master")
            except sqlite3.OperationalError:
                continue  # locked, or without rights
            except sqlite3.DatabaseError:
                yield path


def _locked_files(settings: Settings) -> Iterator[Path]:
    for path in _files(settings):
        with closing(sqlite3.connect(path, timeout=0)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                yield path


def _files(settings: Settings) -> Iterator[Path]:
    """Yield the files of sqlite that the settings name and that exist."""
    for address in (settings.database_url, settings.tracking_uri, settings.feast_registry):
        path = sa.make_url(address).database if address.startswith("sqlite") else None
        if path and Path(path).is_file():
            yield Path(path)

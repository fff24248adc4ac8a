"""Opening the database of the prediction log, the drift reports and the job runs."""

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from homestead.database.schema_version import (
    is_up_to_date,
    outdated,
    read_version,
)
from homestead.settings import Settings

# As the default of HOMESTEAD_DATABASE_S.
STATEMENT_TIMEOUT_S: float = Settings.model_fields["database_timeout_s"].default
# For whole windows of the log, which PostgreSQL sorts before it sends the first row.
WINDOW_READ_TIMEOUT_S = 600.0
_CONNECT_TIMEOUT_S = 5
# PostgreSQL's own timeout comes first, because its error says what was slow.
_SILENCE_MARGIN_S = 2.0


def open_engine(database_url: str, timeout_s: float = STATEMENT_TIMEOUT_S) -> sa.Engine:
    """Create an engine whose errors do not show the values of a statement.

    Args:
        database_url: SQLAlchemy URL of sqlite or PostgreSQL. ``connect_timeout`` and ``options``
            in the URL override ours.
        timeout_s: limit in PostgreSQL for one statement and for an idle transaction; a little
            longer is the limit for silence on the network.
    """
    url = sa.make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    return _postgresql_engine(url.set(drivername="postgresql+psycopg"), timeout_s)


def open_database(database_url: str, timeout_s: float = STATEMENT_TIMEOUT_S) -> sa.Engine:
    """Create an engine whose connections find the tables of this version of the code.

    An embedded sqlite file is migrated when it is first opened. PostgreSQL is migrated by its owner
    alone (``homestead migrate``), since servers and jobs have accounts that may change no table.

    Args:
        database_url: as :func:`open_engine`.
        timeout_s: as :func:`open_engine`.

    Returns:
        An engine whose connecting raises SchemaVersionError, a UserError and an SQLAlchemyError,
        until the database has been migrated.
    """
    engine = open_engine(database_url, timeout_s)

    # With each connection: the file or the server's database may have been replaced meanwhile.
    @sa.event.listens_for(engine, "connect")
    def _check_version(connection: Any, _: Any) -> None:
        try:
            version = read_version(connection)
            if is_up_to_date(version):
                return
            if engine.dialect.name != "sqlite":
                raise outdated(version)
            # Alembic's import takes 0.3 s.
            from homestead.database.migrations.upgrade import upgrade

            migration = open_engine(database_url)
            try:
                upgrade(migration)
            finally:
                migration.dispose()
        except BaseException:
            connection.close()
            raise

    return engine


def open_read_only(database_url: str, timeout_s: float = STATEMENT_TIMEOUT_S) -> sa.Engine:
    """Create an engine whose connections refuse to write, and that migrates nothing.

    A table that another version of the code needs may be missing: a statement then raises.

    Args:
        database_url: as :func:`open_engine`; a sqlite file that does not exist is not made.
        timeout_s: as :func:`open_engine`.
    """
    url = sa.make_url(database_url)
    if url.get_backend_name() != "sqlite":
        options = f"{_timeouts(timeout_s)} -c default_transaction_read_only=on"
        return open_engine(
            _with_options(url, options).render_as_string(hide_password=False), timeout_s
        )
    path = Path(url.database or "").absolute()
    engine = sa.create_engine(
        "sqlite://",
        # Its URI takes any character that a path has.
        creator=lambda: sqlite3.connect(
            f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False, timeout=timeout_s
        ),
        poolclass=sa.pool.QueuePool,
        hide_parameters=True,
    )
    _reconnect_when_replaced(engine, path)
    return engine


def _with_options(url: sa.URL, options: str) -> sa.URL:
    """Return a URL whose sessions begin with options, beside those that it has."""
    given = url.query.get("options", "")
    text = given if isinstance(given, str) else " ".join(given)
    return url.update_query_dict({"options": f"{text} {options}".strip()})


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        # Readers and other writers of the file need not wait while a batch is written.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        # As PostgreSQL and DuckDB have it: rows are sampled by it.
        connection.create_function("md5", 1, _md5, deterministic=True)

    if url.database:
        _reconnect_when_replaced(engine, Path(url.database))
    return engine


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _reconnect_when_replaced(engine: sa.Engine, path: Path) -> None:
    """Give up connections to a file that was deleted or replaced since they were opened.

    sqlite keeps writing to a file without a name, and every row is lost without an error.
    """

    @sa.event.listens_for(engine, "connect")
    def _remember_file(_: Any, record: sa.pool.ConnectionPoolEntry) -> None:
        record.info["file"] = _identity(path)

    @sa.event.listens_for(engine, "checkout")
    def _compare_file(_: Any, record: sa.pool.ConnectionPoolEntry, __: Any) -> None:
        if _identity(path) != record.info["file"]:
            raise sa.exc.DisconnectionError(f"{path} was deleted or replaced")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _postgresql_engine(url: sa.URL, timeout_s: float) -> sa.Engine:
    from homestead.database.silence_timeout import SilenceTimeoutConnection

    defaults = {"connect_timeout": _CONNECT_TIMEOUT_S, "options": _timeouts(timeout_s)}
    engine = sa.create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={key: value for key, value in defaults.items() if key not in url.query},
    )

    @sa.event.listens_for(engine, "do_connect")
    def _connect(_: Any, __: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        connection = SilenceTimeoutConnection.connect(*args, **kwargs)
        connection.silence_timeout_s = timeout_s + _SILENCE_MARGIN_S
        return connection

    return engine


def _timeouts(timeout_s: float) -> str:
    """Return options of PostgreSQL that end statements, and transactions of a lost client."""
    timeout_ms = round(timeout_s * 1000)
    return f"-c statement_timeout={timeout_ms} -c idle_in_transaction_session_timeout={timeout_ms}"

"""Opening the database of the prediction log, the drift reports and the job runs."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

from homestead.settings import Settings

# As the default of HOMESTEAD_DATABASE_S.
STATEMENT_TIMEOUT_S: float = Settings.model_fields["database_timeout_s"].default
# For whole windows of the log, which PostgreSQL sorts before it sends the first row.
WINDOW_READ_TIMEOUT_S = 600.0
_CONNECT_TIMEOUT_S = 5
# PostgreSQL's own timeout comes first, because its error says what was slow.
_SILENCE_MARGIN_S = 2.0
# Key of the advisory lock for CREATE TABLE: "home" in ASCII.
_DDL_LOCK_KEY = 0x686F6D65


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


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        # Readers and other writers of the file need not wait while a batch is written.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    if url.database:
        _reconnect_when_replaced(engine, Path(url.database))
    return engine


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

    timeout_ms = round(timeout_s * 1000)
    defaults = {
        "connect_timeout": _CONNECT_TIMEOUT_S,
        # The second option ends the transaction of a lost client and frees its locks.
        "options": f"-c statement_timeout={timeout_ms}"
        f" -c idle_in_transaction_session_timeout={timeout_ms}",
    }
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


def create_table(connection: sa.Connection, table: sa.Table) -> None:
    """Create a table and its indexes if they do not exist; safe to call from several processes.

    Whoever may only use a table, but not create any, can call it as well.
    """
    inspector = sa.inspect(connection)
    if inspector.has_table(table.name):
        existing = {index["name"] for index in inspector.get_indexes(table.name)}
        if existing >= {index.name for index in table.indexes}:
            return
    if connection.dialect.name == "postgresql":
        # IF NOT EXISTS alone has a race: it checks first and fails over a name created since.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_DDL_LOCK_KEY)))
    connection.execute(CreateTable(table, if_not_exists=True))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        connection.execute(CreateIndex(index, if_not_exists=True))

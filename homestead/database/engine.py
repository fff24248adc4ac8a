"""The one place that opens the database of the prediction log, the reports and the task runs."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

TIMEOUT_S = 15.0
# For whole windows of the log, which are sorted before the first row comes.
READ_TIMEOUT_S = 600.0
_CONNECT_S = 5
# The database's own word comes first: it says what was slow.
_MARGIN_S = 2.0
_DDL_LOCK = 0x686F6D65


def open_engine(database_url: str, timeout_s: float = TIMEOUT_S) -> sa.Engine:
    """An engine; its errors don't show the values of a statement.

    Args:
        timeout_s: how long PostgreSQL may take for a statement, a transaction may wait for its
            next one, and the network may be silent. The URL's own ``connect_timeout`` and
            ``options`` go first.
    """
    url = sa.make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return _postgresql(url.set(drivername="postgresql+psycopg"), timeout_s)


def _sqlite(url: sa.URL) -> sa.Engine:
    engine = sa.create_engine(url, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def _tune(connection: Any, _: Any) -> None:
        # Readers and other writers of the file go on while a batch is written.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


def _postgresql(url: sa.URL, timeout_s: float) -> sa.Engine:
    from homestead.database.silence_timeout import SilenceTimeoutConnection

    milliseconds = round(timeout_s * 1000)
    given = {
        "connect_timeout": _CONNECT_S,
        # The second one ends what a lost client left open, with the locks it holds.
        "options": f"-c statement_timeout={milliseconds}"
        f" -c idle_in_transaction_session_timeout={milliseconds}",
    }
    engine = sa.create_engine(
        url,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={key: value for key, value in given.items() if key not in url.query},
    )

    @sa.event.listens_for(engine, "do_connect")
    def _open(_: Any, __: Any, arguments: list[Any], named: dict[str, Any]) -> Any:
        connection = SilenceTimeoutConnection.connect(*arguments, **named)
        connection.timeout_s = timeout_s + _MARGIN_S
        return connection

    return engine


def create_table(connection: sa.Connection, table: sa.Table) -> None:
    """Make a table and its indexes where they are not there; several may do so at once."""
    if connection.dialect.name == "postgresql":
        # IF NOT EXISTS alone looks first and then fails over the name that came in between.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_DDL_LOCK)))
    connection.execute(CreateTable(table, if_not_exists=True))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        connection.execute(CreateIndex(index, if_not_exists=True))

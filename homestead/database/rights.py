"""Rights of accounts in PostgreSQL: each part of a deployment may do what it does, and no more.

The accounts themselves are made with the database, by whoever may do that; their names are fixed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from homestead.database.schema_version import VERSION_TABLE

READ = ("SELECT",)
READ_AND_ADD = ("SELECT", "INSERT")
READ_ADD_AND_UPDATE = ("SELECT", "INSERT", "UPDATE")
READ_AND_DELETE = ("SELECT", "DELETE")
READ_AND_WRITE = ("SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Account:
    """An account of PostgreSQL and what it may do.

    Attributes:
        rights: privileges by table; that of the version is readable for all.
    """

    name: str
    rights: Mapping[sa.Table, tuple[str, ...]]


def grant_rights(engine: sa.Engine, accounts: Iterable[Account]) -> list[str]:
    """Give each account exactly its rights on our tables; return accounts that do not exist.

    Raises:
        SQLAlchemyError: a table does not exist, or is not owned by the engine's account.
    """
    absent = []
    with engine.begin() as connection:
        for account in accounts:
            if not _has_account(connection, account.name):
                absent.append(account.name)
                continue
            _allow_connections(connection, account.name)
            grantee = _quote(connection, account.name)
            _execute(connection, f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {grantee}")
            for table, privileges in {VERSION_TABLE: READ, **account.rights}.items():
                name = _quote(connection, table.name)
                _execute(connection, f"GRANT {', '.join(privileges)} ON {name} TO {grantee}")
                key = table.autoincrement_column
                if key is not None and "INSERT" in privileges:
                    sequence = _quote(connection, f"{table.name}_{key.name}_seq")
                    _execute(connection, f"GRANT USAGE ON SEQUENCE {sequence} TO {grantee}")
    return absent


def grant_all_rows(engine: sa.Engine, account: str, read_only: Iterable[str] = ()) -> bool:
    """Let an account read and write every row of a database, but change no table.

    Args:
        read_only: tables whose rows it may only read.

    Returns:
        Whether there is such an account.
    """
    with engine.begin() as connection:
        if not _has_account(connection, account):
            return False
        _allow_connections(connection, account)
        grantee = _quote(connection, account)
        everything = "IN SCHEMA public TO"
        rows = "SELECT, INSERT, UPDATE, DELETE"
        _execute(connection, f"GRANT {rows} ON ALL TABLES {everything} {grantee}")
        _execute(connection, f"GRANT USAGE, SELECT ON ALL SEQUENCES {everything} {grantee}")
        for table in read_only:
            name = _quote(connection, table)
            _execute(connection, f"REVOKE INSERT, UPDATE, DELETE ON {name} FROM {grantee}")
    return True


def _has_account(connection: sa.Connection, name: str) -> bool:
    """Return whether PostgreSQL has an account of this name."""
    roles = sa.table("pg_roles", sa.column("rolname"))
    found = connection.scalar(sa.select(sa.func.count()).where(roles.c.rolname == name))
    return bool(found)


def _allow_connections(connection: sa.Connection, account: str) -> None:
    """Let an account connect to the database."""
    database = _quote(connection, str(connection.scalar(sa.select(sa.func.current_database()))))
    grantee = _quote(connection, account)
    _execute(connection, f"GRANT CONNECT ON DATABASE {database} TO {grantee}")
    _execute(connection, f"GRANT USAGE ON SCHEMA public TO {grantee}")


def _quote(connection: sa.Connection, name: str) -> str:
    """Return a name as SQL text."""
    return connection.dialect.identifier_preparer.quote_identifier(name)


def _execute(connection: sa.Connection, statement: str) -> None:
    connection.execute(sa.text(statement))

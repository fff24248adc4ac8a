"""Rights in PostgreSQL: an account may do what it is given, and loses what it no longer is."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_engine
from homestead.database.rights import READ, READ_AND_ADD, Account, grant_all_rows, grant_rights
from tests.conftest import PostgreSQL

NOTES = sa.Table(
    "notes",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text),
)
INSERT = sa.insert(NOTES).values(text="x")


@pytest.fixture
def owner(postgresql: PostgreSQL) -> Iterator[sa.Engine]:
    engine = open_engine(postgresql.migrated_database())
    with engine.begin() as connection:
        NOTES.create(connection)
        for name in ("reader", "writer"):
            connection.execute(sa.text(f"DROP ROLE IF EXISTS {name}"))
            connection.execute(sa.text(f"CREATE ROLE {name} LOGIN"))
    yield engine
    with engine.begin() as connection:
        connection.execute(sa.text("DROP OWNED BY reader, writer CASCADE"))
        connection.execute(sa.text("DROP ROLE reader, writer"))
    engine.dispose()


def may(owner: sa.Engine, account: str, statement: sa.Executable) -> bool:
    """Return whether an account may execute a statement."""
    engine = open_engine(owner.url.set(username=account).render_as_string(hide_password=False))
    try:
        with engine.begin() as connection:
            connection.execute(statement)
    except sa.exc.ProgrammingError as error:
        assert "permission denied" in str(error) or "must be owner" in str(error)
        return False
    finally:
        engine.dispose()
    return True


def test_an_account_has_its_rights_and_no_others(owner: sa.Engine) -> None:
    accounts = (Account("reader", {NOTES: READ}), Account("writer", {NOTES: READ_AND_ADD}))
    for _ in range(2):
        assert grant_rights(owner, accounts) == []
    assert may(owner, "reader", sa.select(NOTES))
    assert not may(owner, "reader", INSERT)
    assert may(owner, "writer", INSERT)
    assert not may(owner, "writer", sa.delete(NOTES))
    assert not may(owner, "writer", sa.text("DROP TABLE notes"))


def test_a_right_that_is_not_given_again_is_taken(owner: sa.Engine) -> None:
    grant_rights(owner, [Account("writer", {NOTES: READ_AND_ADD})])
    grant_rights(owner, [Account("writer", {NOTES: READ})])
    assert not may(owner, "writer", INSERT)
    assert may(owner, "writer", sa.select(NOTES))


def test_an_account_of_all_rows_changes_no_table(owner: sa.Engine) -> None:
    assert grant_all_rows(owner, "writer")
    assert may(owner, "writer", INSERT)
    assert may(owner, "writer", sa.delete(NOTES))
    assert not may(owner, "writer", sa.text("ALTER TABLE notes ADD COLUMN more INTEGER"))
    assert grant_all_rows(owner, "writer", read_only=["notes"])
    assert not may(owner, "writer", sa.delete(NOTES))


def test_accounts_that_do_not_exist_are_returned(owner: sa.Engine) -> None:
    assert grant_rights(owner, [Account("nobody_here", {NOTES: READ})]) == ["nobody_here"]
    assert not grant_all_rows(owner, "nobody_here")

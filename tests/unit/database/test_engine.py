"""Engines: errors keep values to themselves, slow statements end."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_engine
from tests.conftest import PostgreSQL

NOTES = sa.Table(
    "notes",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("text", sa.String(20), nullable=False, unique=True),
    sa.Index("notes_by_text", "text"),
)


def test_an_error_does_not_show_the_values_of_its_statement(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        NOTES.create(connection)
        connection.execute(sa.insert(NOTES), {"text": "personal"})
    with pytest.raises(sa.exc.IntegrityError) as caught, engine.begin() as connection:
        connection.execute(sa.insert(NOTES), {"id": 7, "text": "personal"})
    statement_part = str(caught.value).partition("[SQL:")[2]
    assert "INSERT" in statement_part
    assert "personal" not in statement_part
    engine.dispose()


def test_a_reader_of_sqlite_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/log.db")
    with engine.begin() as connection:
        NOTES.create(connection)
    with engine.connect() as writer, engine.connect() as reader:
        writer.execute(sa.insert(NOTES), {"text": "not committed"})
        assert reader.execute(sa.select(sa.func.count()).select_from(NOTES)).scalar() == 0
    engine.dispose()


def test_a_sqlite_file_that_was_deleted_or_replaced_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    engine = open_engine(f"sqlite:///{path}")
    other = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    for each in (engine, other):
        with each.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE t (x TEXT)")
    path.unlink()
    with pytest.raises(sa.exc.OperationalError, match="no such table"), engine.begin() as gone:
        gone.exec_driver_sql("INSERT INTO t VALUES ('lost')")
    other.dispose()
    (tmp_path / "other.db").rename(path)
    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES ('kept')")
    engine.dispose()
    with contextlib.closing(sqlite3.connect(path)) as connection_:
        assert connection_.execute("SELECT x FROM t").fetchall() == [("kept",)]


def test_a_statement_that_takes_too_long_is_cancelled(postgresql: PostgreSQL) -> None:
    engine = open_engine(postgresql.new_database(), timeout_s=0.2)
    with (
        pytest.raises(sa.exc.OperationalError, match="statement timeout"),
        engine.connect() as connection,
    ):
        connection.execute(sa.text("SELECT pg_sleep(30)"))
    engine.dispose()


def test_options_in_the_url_override_the_timeout(postgresql: PostgreSQL) -> None:
    url = f"{postgresql.new_database()}?options=-c%20statement_timeout%3D4321"
    engine = open_engine(url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SHOW statement_timeout")).scalar() == "4321ms"
    engine.dispose()

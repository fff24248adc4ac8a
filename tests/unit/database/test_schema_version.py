"""Versions of the tables: which ones this code works with, and what it says of the others."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from homestead.database.engine import open_database, open_engine
from homestead.database.schema_version import (
    SCHEMA_VERSION,
    VERSION_TABLE,
    SchemaVersionError,
    is_up_to_date,
)
from tests.conftest import PostgreSQL

GENERATION, NUMBER = map(int, SCHEMA_VERSION.split("."))


def write_version(url: str, version: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.update(VERSION_TABLE).values(version_num=version))
    engine.dispose()


def connect(url: str) -> None:
    engine = open_database(url)
    try:
        engine.connect().close()
    finally:
        engine.dispose()


def test_numbers_are_compared_as_numbers() -> None:
    assert is_up_to_date(f"{GENERATION}.{NUMBER + 10}")
    assert not is_up_to_date(f"{GENERATION}.{NUMBER - 1}")
    assert not is_up_to_date(None)


def test_servers_go_on_while_a_later_version_has_added_columns(database_url: str) -> None:
    connect(database_url)
    write_version(database_url, f"{GENERATION}.{NUMBER + 1}")
    connect(database_url)


def test_tables_that_this_code_may_not_understand_are_refused(database_url: str) -> None:
    connect(database_url)
    later = f"{GENERATION + 1}.0"
    write_version(database_url, later)
    expected = f"tables are of version {later}, this Homestead works with versions {GENERATION}"
    with pytest.raises(SchemaVersionError, match=expected):
        connect(database_url)


def test_whoever_may_not_migrate_says_who_may(postgresql: PostgreSQL) -> None:
    url = postgresql.new_database()
    with pytest.raises(SchemaVersionError, match=r"there are no tables.*'homestead migrate'"):
        connect(url)
    engine = open_engine(url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    url = postgresql.migrated_database()
    write_version(url, "0.9")
    with pytest.raises(SchemaVersionError, match=r"of version 0\.9.*'homestead migrate'"):
        connect(url)


def test_a_file_that_was_replaced_while_it_was_open_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "log.db"
    engine = open_database(f"sqlite:///{path}")
    engine.connect().close()
    path.unlink()
    with engine.connect() as connection:
        assert sa.inspect(connection).has_table("predictions")
    engine.dispose()

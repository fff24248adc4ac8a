"""Tables of releases: they are created once, also by processes that start together."""

import sqlalchemy as sa

from homestead.database.engine import open_engine
from homestead.database.releases import RELEASE_TABLES, create_release_tables, have_release_tables


def test_the_tables_are_created_where_they_are_missing(database_url: str) -> None:
    engine = open_engine(database_url)
    assert not have_release_tables(engine)
    for _ in range(2):
        create_release_tables(engine)
    assert have_release_tables(engine)
    names = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    assert {table.name for table in RELEASE_TABLES} <= names

"""Queries as sources: exact values, hashes of rows, and accounts from the environment."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pandas as pd
import psycopg
import pytest

from homestead.data.ingest import ingest
from homestead.data.tables import hash_source, read_table
from homestead.errors import UserError
from homestead.problem.loader import load_problem
from tests.conftest import PostgreSQL
from tests.raw_flats import RAW_FLATS, raw_flats_rows

LARGE = 1582218195625938945
CREATE = "CREATE TABLE flats (id BIGINT, code NUMERIC, name TEXT)"
FIRST_ROW = f"INSERT INTO flats VALUES (1, {LARGE}, '50%')"  # noqa: S608
ROWS = f"INSERT INTO flats VALUES (1, {LARGE}, '50%'), (NULL, NULL, 'b'), ({LARGE}, 2, 'ü')"  # noqa: S608
QUERY = "SELECT id, code, name FROM flats"


@pytest.fixture
def flats(database_url: str) -> str:
    """Return the URL of a database with a table, in sqlite and in PostgreSQL."""
    url = database_url.replace("+psycopg", "")
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.partition(":///")[2])) as connection, connection:
            connection.execute(CREATE)
            connection.execute(ROWS)
    else:
        with psycopg.connect(url) as server:
            server.execute(CREATE)
            server.execute(ROWS)
    return url


def _execute(url: str, statement: str) -> None:
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.partition(":///")[2])) as connection, connection:
            connection.execute(statement)
    else:
        with psycopg.connect(url) as server:
            server.execute(statement)


def test_integers_and_decimals_are_exact_beside_a_missing_one(flats: str) -> None:
    table, _ = read_table(f"{flats}?query={QUERY} ORDER BY name")
    assert [None if pd.isna(value) else int(value) for value in table["id"]] == [1, None, LARGE]
    codes = [
        None if value is None or pd.isna(value) else Decimal(int(value)) for value in table["code"]
    ]
    assert codes == [Decimal(LARGE), None, Decimal(2)]
    assert table["name"].tolist() == ["50%", "b", "ü"]
    assert (table.index.name, table.index.tolist()) == ("row", [1, 2, 3])


def test_the_hash_is_that_of_the_rows_in_any_order(flats: str) -> None:
    forwards, backwards = (
        read_table(f"{flats}?query={QUERY} ORDER BY name {order}") for order in ("ASC", "DESC")
    )
    assert forwards[0]["name"].tolist() == backwards[0]["name"].tolist()[::-1]
    assert forwards[1] == backwards[1] == hash_source(f"{flats}?query={QUERY}")
    _execute(flats, "UPDATE flats SET name = 'c' WHERE name = 'b'")
    assert hash_source(f"{flats}?query={QUERY}") != forwards[1]


def test_rows_have_an_order_without_one_in_the_query(flats: str) -> None:
    first = read_table(f"{flats}?query={QUERY}")[0]
    _execute(flats, "DELETE FROM flats WHERE id = 1")
    _execute(flats, FIRST_ROW)
    pd.testing.assert_frame_equal(read_table(f"{flats}?query={QUERY}")[0], first)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT nothing FROM flats", "the query failed: .*nothing"),
        ("SELECT id, name AS id FROM flats", "the query yields id twice, allowed is once"),
        ("DELETE FROM flats", "the query failed: .*(read.?only|syntax error)"),
        ("SELECT id FROM flats WHERE name LIKE '%25x'", "the table has no rows"),
        ("SELECT id; SELECT 2", "the query failed|one statement"),
    ],
)
def test_a_query_that_gives_no_table_is_refused(flats: str, query: str, message: str) -> None:
    with pytest.raises(UserError, match=f"^{flats.partition('://')[0]}.*({message})"):
        read_table(f"{flats}?query={query}")
    assert len(read_table(f"{flats}?query={QUERY}")[0]) == 3


def test_a_percent_sign_is_written_as_in_urls(flats: str) -> None:
    table, _ = read_table(f"{flats}?query={QUERY} WHERE name LIKE '50%25'")
    assert table["id"].tolist() == [1]


def test_a_sqlite_file_that_does_not_exist_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_table(f"sqlite:///{tmp_path}/none.db?query=SELECT 1")
    assert not (tmp_path / "none.db").exists()


def test_the_account_is_that_of_the_environment(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgresql.new_database().replace("+psycopg", "")
    with psycopg.connect(url) as server:
        server.execute("DROP ROLE IF EXISTS analyst")
        server.execute("CREATE ROLE analyst LOGIN PASSWORD 'hidden'")
    monkeypatch.setenv("HOMESTEAD_SOURCE_USER", "analyst")
    monkeypatch.setenv("HOMESTEAD_SOURCE_PASSWORD", "hidden")
    assert read_table(f"{url}?query=SELECT current_user AS name")[0]["name"].tolist() == ["analyst"]
    monkeypatch.setenv("HOMESTEAD_SOURCE_USER", "nobody_at_all")
    with pytest.raises(UserError) as error:
        read_table(f"{url}?query=SELECT 1 AS x")
    assert "nobody_at_all" in str(error.value)
    assert "hidden" not in str(error.value)


def test_a_problem_is_read_from_a_database_beside_its_file(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "flats.db")) as connection:
        raw_flats_rows().to_sql("flats", connection, index=False)
    path = tmp_path / "flats.yaml"
    path.write_text(
        RAW_FLATS.replace("flats.csv", "sqlite:///flats.db?query=SELECT * FROM flats ORDER BY id")
    )
    assert len(ingest(load_problem(path)).valid) == 5

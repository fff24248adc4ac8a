"""Queries' rows through files: order, hash and values as if all were held in memory."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pandas as pd
import psycopg
import pyarrow.parquet as pq
import pytest

from homestead.data.ingest import ingest
from homestead.data.sources import sql
from homestead.data.sources.sql_rows import hash_query, read_sql, store_query
from homestead.problem.loader import load_problem
from tests.conftest import PostgreSQL
from tests.raw_flats import RAW_FLATS, raw_flats_rows

# Integers, floats, texts and bytes in one column, as SQLite allows; and what 64 bits do not hold.
MIXED: list[tuple[object, ...]] = [
    (1, "a", None),
    (2.5, "b", 0.25),
    ("x'y", "ü", 1e300),
    (b"\xff\x00", "", 2.0),
    (None,) * 3,
]

QUERY = 'SELECT any AS "a.b", name, x FROM t'


def database(folder: Path, rows: list[tuple[object, ...]]) -> str:
    with closing(sqlite3.connect(folder / "rows.db")) as connection, connection:
        connection.execute("CREATE TABLE t (any, name TEXT, x REAL)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
    return f"sqlite:///{folder}/rows.db?query={QUERY}"


def in_memory(rows: list[tuple[object, ...]]) -> tuple[list[tuple[object, ...]], str]:
    """Return the rows in the order of their values and their hash, from the definition."""
    texts = sorted(repr(row) for row in rows)
    content = repr(["a.b", "name", "x"]) + "".join(f"{text}\n" for text in texts)
    return sorted(rows, key=repr), hashlib.sha256(content.encode()).hexdigest()


@pytest.mark.parametrize("fetched_rows", [1, 2, 100])
@pytest.mark.parametrize("order", ["", " ORDER BY rowid"])
def test_values_of_any_type_come_back_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fetched_rows: int, order: str
) -> None:
    monkeypatch.setattr(sql, "_FETCHED_ROWS", fetched_rows)
    source = database(tmp_path, MIXED) + order
    frame, digest = read_sql(source)
    by_value, expected = in_memory(MIXED)
    found = [
        tuple(None if pd.isna(value) else value for value in row)
        for row in frame.itertuples(index=False, name=None)
    ]
    assert repr(found) == repr(MIXED if order else by_value)
    assert digest == hash_query(source) == expected
    assert frame.index.tolist() == [1, 2, 3, 4, 5]


def test_batches_are_tables_of_arrow_where_a_column_has_one_type(tmp_path: Path) -> None:
    stored = store_query(database(tmp_path, MIXED), tmp_path)
    assert stored.marked == {"a.b"}
    (frame,) = stored.batches(["a.b", "x"])
    assert isinstance(frame, pd.DataFrame)
    source = f"sqlite:///{tmp_path}/rows.db?query={QUERY.replace('any', '1')}"
    plain = store_query(source, tmp_path)
    (table,) = plain.batches(["x"])
    assert [str(field.type) for field in table.schema] == ["int64", "string", "double"]
    # Nothing but the rows is left.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["query.parquet", "rows.db"]


def test_a_query_without_rows_has_its_names(tmp_path: Path) -> None:
    stored = store_query(database(tmp_path, []), tmp_path)
    assert stored.names == ["a.b", "name", "x"]
    assert list(stored.frame().columns) == stored.names
    assert stored.digest == in_memory([])[1]


def test_postgresql_streams_numerics_of_different_digits_and_zones(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgresql.new_database().replace("+psycopg", "")
    with psycopg.connect(url) as server:
        server.execute("CREATE TABLE t (n NUMERIC, at TIMESTAMPTZ, d INTERVAL, big NUMERIC)")
        server.execute(
            "INSERT INTO t VALUES (1.5, '2024-01-01 00:00+02', '1 day', 1e40),"
            " (22.25, NULL, NULL, 0.5), (NULL, '2024-06-01 12:00+00', '1 s', NULL)"
        )
    source = f"{url}?query=TABLE t ORDER BY n"
    whole, digest = read_sql(source)
    assert [str(value) for value in whole["n"][:2]] == ["1.50", "22.25"]
    assert str(whole["at"][1]) == "2023-12-31 22:00:00+00:00"
    assert whole["d"][1] == pd.Timedelta(days=1)
    assert whole["big"][1] == 10**40
    monkeypatch.setattr(sql, "_FETCHED_ROWS", 1)
    by_row, same = read_sql(source)
    pd.testing.assert_frame_equal(by_row, whole)
    assert same == digest


def test_ingest_gives_the_same_rows_from_a_query_and_from_a_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(tmp_path / "flats.db")) as connection:
        raw_flats_rows().to_sql("flats", connection, index=False)
    path = tmp_path / "flats.yaml"
    query = "sqlite:///flats.db?query=SELECT * FROM flats"
    path.write_text(RAW_FLATS.replace("flats.csv", query))
    whole = ingest(load_problem(path))
    monkeypatch.setattr(sql, "_FETCHED_ROWS", 2)
    pieces = ingest(load_problem(path))
    pd.testing.assert_frame_equal(pieces.valid, whole.valid)
    pd.testing.assert_frame_equal(pieces.quarantine, whole.quarantine)
    assert (pieces.data_hash, pieces.list_bad()) == (whole.data_hash, whole.list_bad())


STORE = """
import sys
from pathlib import Path
from homestead.data.sources.sql_rows import store_query
from homestead.engine.limits import connect
from tests.peak_memory import peak_mb
with connect() as connection:
    connection.execute("SELECT 1")
before = peak_mb()
store_query(sys.argv[1], Path(sys.argv[2]))
print(peak_mb() - before)
"""


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    # 300 bytes of text a row: as Python's objects with their keys they were 300 MB and more.
    query = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
        " SELECT i, i * 0.5 AS half, printf('%0300d', i * 7919 %25 300007) AS text FROM n"
    )
    with closing(sqlite3.connect(tmp_path / "empty.db")):
        pass
    done = subprocess.run(
        [sys.executable, "-c", STORE, f"sqlite:///{tmp_path}/empty.db?query={query}", tmp_path],
        env={**os.environ, "HOMESTEAD_MEMORY": "200MB", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert pq.read_metadata(tmp_path / "query.parquet").num_rows == 300_000
    assert float(done.stdout) < 200

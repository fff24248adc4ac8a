"""A query's rows are scored from a file, with the values that the database gave."""

import glob
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from homestead.data.tables import hash_source
from homestead.errors import UserError
from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.source_rows import frame_of, open_source

QUERY = "SELECT id, name, any FROM t"


def database(folder: Path, rows: int) -> str:
    with closing(sqlite3.connect(folder / "rows.db")) as connection, connection:
        connection.execute("CREATE TABLE t (id INTEGER, name TEXT, any)")
        values = ((n, None if n % 3 else f"a{n}", n if n % 2 else f"{n}") for n in range(rows))
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", values)
    return f"sqlite:///{folder}/rows.db?query={QUERY}"


def test_batches_hold_all_rows_in_order_with_one_schema(tmp_path: Path) -> None:
    source = database(tmp_path, 25) + " ORDER BY id"
    rows = open_source(source, SourceFormat())
    batches = list(rows.batches(10))
    assert rows.total == 25
    assert rows.data_hash == hash_source(source)
    assert [(b.first_row, len(b.table)) for b in batches] == [(1, 10), (11, 10), (21, 5)]
    assert all(b.table.schema == rows.schema for b in batches)
    found = [frame_of(b.table)[0] for b in batches]
    assert [int(n) for frame in found for n in frame.id] == list(range(25))
    # SQLite holds integers and texts in one column: each stays what it is.
    mixed = [value for frame in found for value in frame["any"]]
    assert mixed == [n if n % 2 else f"{n}" for n in range(25)]
    names = [None if value != value else value for frame in found for value in frame.name]  # noqa: PLR0124
    assert names == [None if n % 3 else f"a{n}" for n in range(25)]


def test_the_file_goes_with_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    rows = open_source(database(tmp_path, 3), SourceFormat())
    assert glob.glob(f"{tmp_path}/homestead-rows-*")
    del rows
    assert not glob.glob(f"{tmp_path}/homestead-rows-*")
    with pytest.raises(UserError, match="the table has no rows"):
        open_source(database_of_no_rows(tmp_path), SourceFormat())
    assert not glob.glob(f"{tmp_path}/homestead-rows-*")


def database_of_no_rows(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "none.db")) as connection, connection:
        connection.execute("CREATE TABLE t (id INTEGER, name TEXT, any)")
    return f"sqlite:///{folder}/none.db?query={QUERY}"

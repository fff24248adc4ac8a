"""Rows as they were fetched: one file, whatever types the pieces have."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from homestead.data.sources.fetched_rows import KEY, FetchedRows, fetch_rows
from homestead.data.sources.sql import QueryRows
from homestead.data.sources.sql_values import MARKED


def fetched(folder: Path, batches: list[list[tuple[Any, ...]]], **options: bool) -> FetchedRows:
    return fetch_rows(QueryRows(["x", "y"], iter(batches)), folder, **options)


@pytest.mark.parametrize(
    ("batches", "kinds"),
    [
        ([[(1, "a")], [(2, "b")]], ["int64", "string"]),
        ([[(1, None)], [(None, "b")], [(2, None)]], ["int64", "string"]),
        ([[(1, "a")], [(2.5, "b")], [(2**70, "c")]], [str(MARKED), "string"]),
        ([[(None, None)], [(None, None)]], ["null", "null"]),
    ],
)
def test_columns_have_the_type_of_all_pieces(
    tmp_path: Path, batches: list[list[tuple[Any, ...]]], kinds: list[str]
) -> None:
    rows = fetched(tmp_path, batches)
    assert [str(kind) for kind in rows.kinds] == kinds
    assert rows.rows == len(batches)
    keys = [key for table in rows.tables() for key in table.column(KEY).to_pylist()]
    assert keys == [repr(row) for batch in batches for row in batch]
    # Pieces of other types do not stay.
    assert [path.name for path in tmp_path.iterdir()] == [rows.path.name]


def test_pieces_of_the_same_types_go_to_one_file_at_once(tmp_path: Path) -> None:
    rows = fetched(tmp_path, [[(n, "a")] for n in range(20)])
    assert rows.path.name == "0.parquet"
    assert pq.read_metadata(rows.path).num_rows == 20


def test_keys_alone_are_stored_where_values_are_of_no_interest(tmp_path: Path) -> None:
    rows = fetched(tmp_path, [[(1, "a")], [("b", 2)]], has_values=False)
    assert rows.kinds == []
    assert pq.read_schema(rows.path).names == [KEY]
    assert rows.rows == 2


def test_without_rows_there_is_no_type(tmp_path: Path) -> None:
    rows = fetched(tmp_path, [])
    assert (rows.rows, [str(kind) for kind in rows.kinds]) == (0, ["null", "null"])

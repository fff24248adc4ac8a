"""Folders and patterns: which files they mean, and their rows as one table."""

import gzip
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.data.sources.files import list_files
from homestead.data.tables import hash_source, read_table
from homestead.errors import UserError
from homestead.problem.sections.source_format import SourceFormat


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())


def _names(source: object) -> list[str]:
    return [file.name for file in list_files(str(source))]


def test_a_folder_holds_tables_at_any_depth(tmp_path: Path) -> None:
    files = ("b.csv", "a.csv.gz", "deep/er/c.CSV", "_SUCCESS", "_tmp/d.csv", ".e.csv", "README.md")
    _write(tmp_path, dict.fromkeys(files, "id\n1\n"))
    assert _names(tmp_path) == ["a.csv.gz", "b.csv", "deep/er/c.CSV"]
    assert _names(f"{tmp_path}/*.csv") == [".e.csv", "b.csv"]
    assert _names(f"{tmp_path}/**/[bd].csv") == ["_tmp/d.csv", "b.csv"]
    assert _names(f"file://{tmp_path}/b.*") == ["b.csv"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    _write(tmp_path, {"a[1].csv": "id\n1\n", "a1.csv": "id\n2\n"})
    assert read_table(f"{tmp_path}/a[1].csv")[0]["id"].tolist() == ["1"]


@pytest.mark.parametrize(
    ("files", "source", "message"),
    [
        (["a.txt"], "", "the folder holds no table; allowed are .parquet, .csv, .tsv"),
        (["a.csv", "b.parquet"], "", "holds tables of the types csv, parquet, allowed is one"),
        (["a.csv"], "/*.parquet", "*.parquet: no file matches"),
    ],
)
def test_an_unclear_folder_is_refused(
    tmp_path: Path, files: list[str], source: str, message: str
) -> None:
    _write(tmp_path, dict.fromkeys(files, "id\n1\n"))
    with pytest.raises(UserError) as error:
        list_files(f"{tmp_path}{source}")
    assert message in str(error.value)


def test_rows_are_named_by_line_and_file_also_in_compressed_ones(tmp_path: Path) -> None:
    _write(tmp_path, {"a.csv": "id,x\n1,2\n", "b.csv.gz": 'id\n\n3\n"4"\n'})
    table, digest = read_table(str(tmp_path))
    assert table["id"].tolist() == ["1", "3", "4"]
    assert [None if pd.isna(value) else value for value in table["x"]] == ["2", None, None]
    assert table.index.tolist() == ["2 of a.csv", "3 of b.csv.gz", "4 of b.csv.gz"]
    assert table.index.name == "line"
    assert digest == hash_source(str(tmp_path))
    (tmp_path / "a.csv").rename(tmp_path / "z.csv")
    assert digest != hash_source(str(tmp_path))


def test_values_in_the_names_of_folders_are_texts(tmp_path: Path) -> None:
    for folder in ("code=01001/day=2024-01-31", "code=2A001/day=__HIVE_DEFAULT_PARTITION__"):
        _write(tmp_path, {f"{folder}/part.csv": "id\n1\n"})
    _write(tmp_path, {"code=a%2Fb/day=1/part.csv": "id,day\n1,own\n"})
    table, _ = read_table(f"{tmp_path}/**/*.csv")
    assert table["code"].tolist() == ["01001", "2A001", "a/b"]
    assert [None if pd.isna(day) else day for day in table["day"]] == ["2024-01-31", None, "own"]


def test_the_order_of_files_changes_nothing(tmp_path: Path) -> None:
    """A column that is null, absent, or of another type in one file keeps its exact values."""
    large = 1582218195625938945
    parts: dict[str, dict[str, Any]] = {
        "null": {"id": pa.array([1]), "x": pa.nulls(1)},
        "absent": {"id": pa.array([large])},
        "integer": {"id": pa.array([2], pa.int32()), "x": pa.array([large])},
        "float": {"id": pa.array([None], pa.int64()), "x": pa.array([0.5])},
    }
    seen = set()
    for order in permutations(parts):
        folder = tmp_path / "-".join(order)
        folder.mkdir()
        for position, name in enumerate(order):
            pq.write_table(pa.table(parts[name]), folder / f"{position}.parquet")
        table, _ = read_table(str(folder))
        rows = zip(table["id"], table["x"], strict=True)
        cells = {tuple(None if pd.isna(value) else value for value in row) for row in rows}
        seen.add(frozenset(cells))
    assert seen == {frozenset({(1, None), (large, None), (2, large), (None, 0.5)})}


def test_a_type_is_declared_where_the_name_tells_none(tmp_path: Path) -> None:
    _write(tmp_path, {"adult.data": "1, a\n2, b\n"})
    source_format = SourceFormat(type="csv", header=("id", "x"))
    table, _ = read_table(f"{tmp_path}/adult.data", source_format)
    assert table.to_dict("list") == {"id": ["1", "2"], "x": [" a", " b"]}
    assert table.index.tolist() == [1, 2]
    with pytest.raises(UserError, match=r"found a .data file, .* write format: .type: csv"):
        read_table(f"{tmp_path}/adult.data")

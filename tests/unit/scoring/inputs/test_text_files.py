"""Text files as a stream: the rows of a table read at once, in parts, and no copy that stays."""

import gc
import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from homestead.data.tables import hash_source, read_table
from homestead.errors import UserError
from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.inputs.text_files import TextFiles, text_files
from homestead.scoring.source_rows import frame_of, open_source

ROWS = 200_000


def _opened(source: str, *, is_json: bool = False, **changes: Any) -> TextFiles:
    files = text_files(source, SourceFormat(**changes), is_json=is_json)
    assert files is not None
    return files


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two CSV files, whose columns are in another order."""
    path = tmp_path_factory.mktemp("rows")
    rows = pd.DataFrame({"id": range(ROWS), "note": "grüße"})
    rows.to_csv(path / "a.csv", index=False)
    (path / "b.csv").write_text('note,id\n"a\nb",007\n,8\n')
    return path


def test_a_stream_holds_the_rows_of_the_table_in_parts(folder: Path) -> None:
    files = _opened(str(folder))
    tables = list(files.tables(1000))
    assert files.total == ROWS + 2 == sum(map(len, tables))
    assert files.data_hash == hash_source(str(folder))
    # None of them is most of the file: what is held does not grow with the rows.
    assert max(map(len, tables)) < ROWS / 2
    expected, _ = read_table(str(folder), SourceFormat())
    found = pd.concat([frame_of(table)[0] for table in tables], ignore_index=True)
    for name in ("id", "note"):
        assert found[name].tolist() == expected[name].tolist()
    assert found.iloc[-2:].to_dict("list") == {"id": ["007", "8"], "note": ["a\nb", ""]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_copies_are_made_where_they_must_and_go_with_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "copies"))
    (tmp_path / "copies").mkdir()
    source = tmp_path / "rows.csv.gz"
    source.write_bytes(gzip.compress("id,note\n1,ü\n2,\n".encode(encoding)))
    files = _opened(str(source), encoding=encoding)
    assert len(list((tmp_path / "copies").rglob("*.txt"))) == 1
    (table,) = files.tables(10)
    assert table.to_pylist() == [{"id": "1", "note": "ü"}, {"id": "2", "note": ""}]
    del files
    gc.collect()
    assert not list((tmp_path / "copies").iterdir())


def test_lines_of_json_come_in_parts_with_the_fields_of_all(tmp_path: Path) -> None:
    source = tmp_path / "rows.jsonl"
    rows = [{"id": number} if number % 2 else {"id": number, "b": None} for number in range(25)]
    source.write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    files = _opened(str(source), is_json=True)
    assert (files.names, files.total) == (("id", "b"), 25)
    tables = list(files.tables(10))
    assert [len(table) for table in tables] == [10, 10, 5]
    assert [row for table in tables for row in frame_of(table)[1] or []] == rows
    source.write_text('{"id": 1}\n{"id": \n')
    with pytest.raises(UserError, match=r"rows\.jsonl: line 2"):
        _opened(str(source), is_json=True)


def test_a_file_that_is_replaced_while_it_is_scored_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "rows.csv"
    source.write_text("id,note\n1,a\n")
    files = _opened(str(source))
    source.write_text("id,note\n1,a\n2,b\n")
    with pytest.raises(UserError, match="was changed or replaced while it was read"):
        list(files.tables(10))


def test_files_of_different_columns_are_one_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,note\n1,a\n")
    (tmp_path / "b.csv").write_text("id,area\n2,5\n")
    assert text_files(str(tmp_path), SourceFormat(), is_json=False) is None
    rows = open_source(str(tmp_path), SourceFormat())
    assert (rows.total, rows.schema.names) == (2, ["id", "note", "area"])

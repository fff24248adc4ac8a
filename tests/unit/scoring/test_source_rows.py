"""Sources in batches: their order, their hash, and what a line of JSON leaves out."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from homestead.data.tables import hash_source
from homestead.errors import UserError
from homestead.problem.sections.source_format import SourceFormat
from homestead.scoring.processes.tables import table_bytes, table_of
from homestead.scoring.source_rows import frame_of, open_source


def test_a_stream_of_files_is_cut_into_equal_batches(tmp_path: Path) -> None:
    for number in range(3):
        rows = pd.DataFrame({"id": range(number * 7, number * 7 + 7)})
        rows.to_parquet(tmp_path / f"{number}.parquet", index=False, row_group_size=2)
    source = open_source(str(tmp_path), SourceFormat())
    batches = list(source.batches(5))
    assert source.total == 21
    assert source.data_hash == hash_source(str(tmp_path))
    assert [(b.number, b.first_row, len(b.table)) for b in batches] == [
        *((0, 1, 5), (1, 6, 5), (2, 11, 5), (3, 16, 5), (4, 21, 1))
    ]
    assert [v for b in batches for v in b.table["id"].to_pylist()] == list(range(21))


def test_lines_of_json_stay_the_objects_that_they_are(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": 1582218195625938945, "a": 1.5}\n{"a": null, "b": "x"}\n')
    source = open_source(str(path), SourceFormat())
    (batch,) = source.batches(10)
    frame, objects = frame_of(table_of(table_bytes(batch.table)))
    assert source.data_hash == hashlib.sha256(path.read_bytes()).hexdigest()
    assert frame.id[0] == 1582218195625938945
    assert source.schema.names == ["id", "a", "b"]
    assert objects == [{"id": 1582218195625938945, "a": 1.5}, {"a": None, "b": "x"}]
    path.write_text("[]")
    with pytest.raises(UserError, match=r"line 1: found a list, allowed is an object a line"):
        open_source(str(path), SourceFormat())


def test_texts_of_a_csv_file_stay_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,note\n007,a\n8,\n")
    (batch,) = open_source(str(path), SourceFormat()).batches(10)
    assert batch.table.to_pylist() == [{"id": "007", "note": "a"}, {"id": "8", "note": ""}]
    assert frame_of(batch.table)[1] is None


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    other = tmp_path / "other.parquet"
    other.write_bytes(b"no table")
    with pytest.raises(UserError, match=r"other\.parquet: not a parquet table"):
        open_source(str(other), SourceFormat())
    with pytest.raises(UserError, match=r"none\.parquet: no such file"):
        open_source(str(tmp_path / "none.parquet"), SourceFormat())
    pd.DataFrame({"id": pd.Series([], dtype="int64")}).to_parquet(other)
    with pytest.raises(UserError, match="the table has no rows"):
        open_source(str(other), SourceFormat())
    pd.DataFrame({"id": [1]}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"key": [1]}).to_parquet(tmp_path / "b.parquet")
    other.unlink()
    with pytest.raises(UserError, match=r"b\.parquet: its columns differ from those of"):
        open_source(str(tmp_path), SourceFormat())

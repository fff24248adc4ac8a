"""Files that are written by another thread: the same bytes, whole or not there."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from homestead.engine.background_writer import write_in_background

_SCHEMA = pa.schema([("number", pa.int64()), ("text", pa.string())])


def _tables(count: int) -> list[pa.Table]:
    return [
        pa.table({"number": range(i, i + 50), "text": [f"{i}"] * 50}, _SCHEMA) for i in range(count)
    ]


def test_the_bytes_are_those_of_a_writer_in_the_same_thread(tmp_path: Path) -> None:
    with pq.ParquetWriter(tmp_path / "expected", _SCHEMA) as expected:
        for table in _tables(20):
            expected.write_table(table, 30)
    with write_in_background(tmp_path / "found", _SCHEMA) as writer:
        for table in _tables(20):
            writer.write(table, 30)
    assert (tmp_path / "found").read_bytes() == (tmp_path / "expected").read_bytes()


def test_an_error_of_the_other_thread_is_raised_and_leaves_no_file(tmp_path: Path) -> None:
    wrong = pa.table({"other": [1]})
    with (
        pytest.raises(ValueError, match="schema"),
        write_in_background(tmp_path / "found", _SCHEMA) as writer,
    ):
        writer.write(wrong)
    assert not list(tmp_path.iterdir())


def test_an_error_between_tables_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), write_in_background(tmp_path / "found", _SCHEMA) as writer:
        writer.write(_tables(1)[0])
        raise RuntimeError
    assert not list(tmp_path.iterdir())

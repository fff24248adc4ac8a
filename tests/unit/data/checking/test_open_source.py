"""Sources on this machine: what is copied, and what is refused."""

import gzip
from pathlib import Path

import pytest

from homestead.data.checking.open_source import open_source
from homestead.data.tables import hash_source
from homestead.errors import UserError
from homestead.problem.sections.source_format import SourceFormat

TEXT = "id,town\n1,Zürich\n2,\n"


@pytest.mark.parametrize(
    ("content", "encoding", "copies"),
    [
        (TEXT.encode(), "utf-8", 0),
        (TEXT.encode("utf-8-sig"), "utf-8", 1),
        (TEXT.encode("utf-16"), "utf-8", 1),
        (TEXT.encode("cp1252"), "cp1252", 1),
        (gzip.compress(TEXT.encode(), mtime=0), "utf-8", 1),
    ],
)
def test_only_what_cannot_be_streamed_is_copied(
    tmp_path: Path, content: bytes, encoding: str, copies: int
) -> None:
    path, folder = tmp_path / "towns.csv", tmp_path / "copies"
    path.write_bytes(content)
    folder.mkdir()
    source = open_source(str(path), SourceFormat(encoding=encoding), folder)
    [batch] = source.batches(["town"])
    assert batch.series("town").tolist() == ["Zürich", ""]
    assert len(list(folder.iterdir())) == copies
    assert source.data_hash == hash_source(str(path))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", "the file is empty"),
        ("t.csv", TEXT.encode("latin-1"), "line 2: found byte 0xfc, which is not UTF-8"),
        ("t.csv", b"id,id\n1,2\n", "the header has id twice"),
        ("t.parquet", b"PAR1 no", "not a parquet table"),
        ("t.xls", b"x", "found a .xls file"),
        ("t.csv.gz", gzip.compress(TEXT.encode() * 99, mtime=0)[:40], "not a complete gzip file"),
    ],
)
def test_a_file_that_is_no_table_is_named(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=message) as error:
        open_source(str(tmp_path / name), SourceFormat(), tmp_path)
    assert str(error.value).startswith(str(tmp_path / name))


def test_a_file_that_is_replaced_after_its_hash_is_refused(tmp_path: Path) -> None:
    # Trap 40: the hash names the rows, so that rows of another file must not pass under it.
    path, other = tmp_path / "towns.csv", tmp_path / "other.csv"
    path.write_text(TEXT, encoding="utf-8")
    other.write_text(TEXT.replace("Zürich", "Geneva"), encoding="utf-8")
    source = open_source(str(path), SourceFormat(), tmp_path)
    source.require_unchanged()
    other.replace(path)
    with pytest.raises(UserError, match="was changed or replaced while it was read"):
        source.require_unchanged()
    path.unlink()
    with pytest.raises(UserError, match="was changed or replaced"):
        source.require_unchanged()

"""Stores of parts: files are complete or do not exist, here and in an object store."""

from pathlib import Path

import fsspec
import pytest

from homestead.errors import UserError
from homestead.scoring.parts.store import LocalParts, RemoteParts, open_parts


@pytest.mark.parametrize("kind", ["local", "remote"])
def test_files_are_written_read_listed_and_deleted(tmp_path: Path, kind: str) -> None:
    place = str(tmp_path / "parts") if kind == "local" else "memory://bucket/test-store/parts"
    store = open_parts(place)
    assert isinstance(store, LocalParts if kind == "local" else RemoteParts)
    assert store.names() == set()
    with store.locked():
        store.write("a.parquet", b"1")
        store.write("a.parquet", b"2")
        store.write("b.jsonl", b"3")
        assert store.names() == {"a.parquet", "b.jsonl"}
        assert store.read("a.parquet") == b"2"
        for name in ("a.parquet", "b.jsonl", "c.parquet"):
            store.delete(name)
        assert store.names() == set()
    store.remove()
    assert not (tmp_path / "parts").exists()


def test_what_a_killed_writer_left_is_deleted(tmp_path: Path) -> None:
    (tmp_path / ".part-00001.parquet.abc").write_bytes(b"half")
    store = LocalParts(tmp_path)
    assert store.names() == set()
    with store.locked():
        assert not (tmp_path / ".part-00001.parquet.abc").exists()
        with pytest.raises(UserError, match="another process"), LocalParts(tmp_path).locked():
            pass


def test_failures_name_the_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file/a: cannot be written: "):
        LocalParts(tmp_path / "file").write("a", b"")
    with pytest.raises(
        UserError, match=r"^memory://bucket/none: cannot be read \(a\): FileNotFound"
    ):
        RemoteParts("memory://bucket/none").read("a")
    with pytest.raises(UserError, match=r"^ftps3://x: Protocol not known"):
        RemoteParts("ftps3://x")
    assert fsspec.filesystem("memory").exists("/bucket/none") is False

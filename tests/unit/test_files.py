"""Files: read by path or URI, and written atomically."""

from pathlib import Path

import pytest

from homestead.errors import UserError
from homestead.files import atomic_path, read_uri, write_bytes, write_text, yaml_text


@pytest.mark.parametrize("prefix", ["", "file://"])
def test_a_file_is_read_by_path_or_uri(tmp_path: Path, prefix: str) -> None:
    path = tmp_path / "a table.csv"
    path.write_bytes(b"id\n1\n")
    assert read_uri(f"{prefix}{path}") == b"id\n1\n"


def test_a_uri_may_escape_spaces(tmp_path: Path) -> None:
    (tmp_path / "a table.csv").write_bytes(b"id\n")
    assert read_uri((tmp_path / "a table.csv").as_uri()) == b"id\n"


def test_a_file_in_an_object_store_is_read() -> None:
    import fsspec

    with fsspec.open("memory://bucket/table.csv", "wb") as file:
        file.write(b"id\n")
    assert read_uri("memory://bucket/table.csv") == b"id\n"


@pytest.mark.parametrize("uri", ["none.csv", "file:///none.csv", "memory://bucket/none.csv"])
def test_a_missing_file_is_named(uri: str) -> None:
    with pytest.raises(UserError, match=f"^{uri}: no such file$"):
        read_uri(uri)


def test_what_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=f"^{tmp_path}: cannot be read: IsADirectoryError"):
        read_uri(str(tmp_path))


def test_a_file_is_replaced_at_the_end_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.json"
    write_text(path, "first")
    with atomic_path(path) as temporary:
        temporary.write_text("second")
        assert path.read_text() == "first"
    assert path.read_text() == "second"


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "report.bin"
    write_bytes(path, b"first")
    with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
        temporary.write_bytes(b"half")
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes() == b"first"


def test_generated_yaml_repeats_an_object_instead_of_an_anchor() -> None:
    labels = {"app": "homestead"}
    assert yaml_text({"labels": labels, "selector": labels}) == (
        "labels:\n  app: homestead\nselector:\n  app: homestead\n"
    )

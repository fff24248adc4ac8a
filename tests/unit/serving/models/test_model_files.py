"""Copies of model files: they replace the object store, are checked, and do not pile up."""

import logging
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import fsspec
import pytest

from homestead.errors import UserError
from homestead.release.plan import ModelVersion
from homestead.serving.models.model_files import ModelFiles
from tests.small_models import small_onnx

STORE = "memory://models/model.onnx"


@pytest.fixture
def version() -> Iterator[ModelVersion]:
    """Put a model into an object store, and return its version."""
    content = small_onnx()
    fsspec.filesystem("memory").pipe(STORE, content)
    yield ModelVersion(version="1", digest=sha256(content).hexdigest(), uri=STORE)
    lose_store()


def lose_store() -> None:
    memory = fsspec.filesystem("memory")
    if memory.exists(STORE):
        memory.rm(STORE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models" / "homes"


def test_a_copy_is_read_where_the_store_is_away(version: ModelVersion, folder: Path) -> None:
    assert ModelFiles(folder).read(version).digest == version.digest
    lose_store()
    assert ModelFiles(folder).read(version).digest == version.digest
    other = version.model_copy(update={"digest": "0" * 64})
    with pytest.raises(UserError, match=f"{STORE}: no such file"):
        ModelFiles(folder).read(other)


def test_a_damaged_copy_is_replaced(version: ModelVersion, folder: Path) -> None:
    ModelFiles(folder).read(version)
    (copy,) = folder.iterdir()
    content = copy.read_bytes()
    copy.write_bytes(content[:-1])
    assert ModelFiles(folder).read(version).digest == version.digest
    assert copy.read_bytes() == content
    copy.write_bytes(b"")
    lose_store()
    with pytest.raises(UserError, match=f"{STORE}: no such file"):
        ModelFiles(folder).read(version)


def test_only_the_plans_versions_keep_their_copies(version: ModelVersion, folder: Path) -> None:
    files = ModelFiles(folder)
    files.keep_only([])
    files.read(version)
    (copy,) = folder.iterdir()
    (folder / f"{'0' * 64}.onnx").write_bytes(b"old")
    (folder / f".{copy.name}.x").write_bytes(b"of a killed process")
    files.keep_only([version])
    assert list(folder.iterdir()) == [copy]


def test_nothing_wrong_is_copied(version: ModelVersion, folder: Path) -> None:
    with pytest.raises(UserError, match=f"{STORE}: found digest"):
        ModelFiles(folder).read(version.model_copy(update={"digest": "0" * 64}))
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_no_error(
    version: ModelVersion, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.parent.mkdir()
    folder.write_text("a file")
    with caplog.at_level(logging.WARNING):
        assert ModelFiles(folder).read(version).digest == version.digest
    assert "no copy is kept" in caplog.text


def test_local_files_are_not_copied(version: ModelVersion, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "a model.onnx"
    path.write_bytes(small_onnx())
    for uri in (str(path), path.as_uri()):
        local = version.model_copy(update={"uri": uri})
        assert ModelFiles(folder).read(local).digest == version.digest
    assert not folder.exists()

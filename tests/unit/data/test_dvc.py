"""References to versions that are refused before DVC looks, and files that are read in pieces."""

import shutil
import subprocess
from pathlib import Path

import pytest

from homestead.data.dvc import add_to_dvc, dvc_chunks
from homestead.errors import UserError


@pytest.mark.parametrize(
    "uri", ["dvc://repo/data/flats.csv", "dvc://repo@first", "dvc://@first/a.csv", "dvc://repo@/a"]
)
def test_a_malformed_reference_is_refused(uri: str) -> None:
    with pytest.raises(UserError) as error:
        list(dvc_chunks(uri))
    assert str(error.value) == f"{uri}: allowed is dvc://<repo>@<revision>/<path>"


def test_a_folder_that_is_no_repository_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"cannot read a\.csv at revision v1 of {tmp_path}"):
        list(dvc_chunks(f"dvc://{tmp_path}@v1/a.csv"))


def test_a_file_that_does_not_exist_is_not_added(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.csv: no such file"):
        add_to_dvc(tmp_path / "nothing.csv")


def test_a_large_file_comes_in_pieces_with_the_hash_that_dvc_records(tmp_path: Path) -> None:
    rows = b"".join(b"%d;%d\r\n" % (n, n * n) for n in range(200_000))
    commit = _committed(tmp_path, rows)
    pieces = list(dvc_chunks(f"dvc://{tmp_path}@{commit}/sales.csv"))
    assert b"".join(pieces) == rows
    assert max(map(len, pieces)) <= 2**20 < len(rows)


def test_a_large_file_that_was_changed_is_refused_with_its_last_piece(tmp_path: Path) -> None:
    rows = bytes(3 * 2**20)
    commit = _committed(tmp_path, rows)
    (stored,) = (path for path in (tmp_path / "remote").rglob("*") if path.is_file())
    stored.chmod(0o644)
    stored.write_bytes(b"x" + rows[1:])
    (tmp_path / "sales.csv").unlink()
    shutil.rmtree(tmp_path / ".dvc" / "cache")
    read = 0
    with pytest.raises(UserError, match="was changed after it was pushed: found md5"):
        for piece in dvc_chunks(f"dvc://{tmp_path}@{commit}/sales.csv"):
            read += len(piece)
    assert read == len(rows)


def test_a_file_in_git_alone_is_read_without_a_hash_of_dvc(tmp_path: Path) -> None:
    _committed(tmp_path, b"id\n1\n")
    (tmp_path / "small.csv").write_bytes(b"id\n2\n")
    _git(tmp_path, "add", "small.csv")
    _git(tmp_path, "commit", "-qm", "small")
    assert b"".join(dvc_chunks(f"dvc://{tmp_path}@HEAD/small.csv")) == b"id\n2\n"


def _committed(folder: Path, content: bytes) -> str:
    """Track a file with DVC in a repository of its own, push it, and return the commit."""
    from dvc.repo import Repo

    _git(folder, "init", "-q")
    Repo.init(str(folder)).close()
    (folder / ".dvc" / "config").write_text(
        f"[core]\n    remote = here\n['remote \"here\"']\n    url = {folder / 'remote'}\n"
    )
    (folder / "sales.csv").write_bytes(content)
    add_to_dvc(folder / "sales.csv")
    _git(folder, "add", ".dvc", "sales.csv.dvc", ".gitignore")
    _git(folder, "commit", "-qm", "first")
    return _git(folder, "rev-parse", "HEAD").strip()


def _git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout

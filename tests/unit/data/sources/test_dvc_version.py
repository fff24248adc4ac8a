"""The version of a source in DVC: a fixed commit for what a file, a branch or a tag holds now."""

import subprocess
from pathlib import Path

import pytest

from homestead.data.sources.dvc_version import dvc_version


def _git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a repository with a table that DVC tracks."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "sales.csv").write_text("a\n1\n")
    (tmp_path / "tables" / "sales.csv.dvc").write_text("outs:\n- md5: abc\n  path: sales.csv\n")
    _git(tmp_path, "init", "--quiet")
    _git(tmp_path, "add", "tables/sales.csv.dvc")
    _git(tmp_path, "commit", "--quiet", "-m", "one")
    return tmp_path


def test_a_tracked_file_has_the_version_of_its_committed_pointer(project: Path) -> None:
    commit = _git(project, "rev-parse", "HEAD")
    source = project / "tables" / "sales.csv"
    assert dvc_version(str(source)) == f"dvc://{project.resolve()}@{commit}/tables/sales.csv"
    # What only the working folder knows cannot be read again elsewhere.
    source.with_name("sales.csv.dvc").write_text("outs:\n- md5: def\n  path: sales.csv\n")
    assert dvc_version(str(source)) == ""


def test_a_branch_becomes_the_commit_that_it_stands_for(project: Path) -> None:
    commit = _git(project, "rev-parse", "HEAD")
    _git(project, "branch", "feature/new")
    version = dvc_version(f"dvc://{project}@feature%2Fnew/tables/sales.csv")
    assert version == f"dvc://{project}@{commit}/tables/sales.csv"


def test_other_sources_have_none(tmp_path: Path) -> None:
    (tmp_path / "plain.csv").write_text("a\n1\n")
    (tmp_path / "loose.csv.dvc").write_text("outs: []\n")  # outside of a repository
    assert dvc_version(str(tmp_path / "plain.csv")) == ""
    assert dvc_version(str(tmp_path / "loose.csv")) == ""
    assert dvc_version("s3://bucket/key.csv") == ""

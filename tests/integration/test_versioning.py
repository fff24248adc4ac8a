"""Data versions with real git and DVC repositories, read at a revision."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from homestead.data.dvc import add_to_dvc
from homestead.data.ingest import ingest
from homestead.data.tables import read_table
from homestead.errors import UserError
from homestead.problem.loader import load_problem

ROOT = Path(__file__).parents[2]
PROBLEM = """
name: flats
task: regression
source: dvc://{repo}@first/data/flats.csv
key: id
timestamp: listed
target: rent
columns:
  id: {{type: integer}}
  listed: {{type: timestamp}}
  rent: {{type: number}}
views: {{}}
features: [id]
candidates: {{ridge: {{estimator: sklearn.linear_model.Ridge}}}}
split: {{validation_from: 2024-03-01, holdout_from: 2024-04-01}}
metric: mae
"""


def git(repo: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=repo, check=True, capture_output=True)


def table(rents: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"id": range(1, len(rents) + 1), "listed": "2024-01-01", "rent": rents})


@pytest.fixture(scope="module")
def prepared_repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a git repository with this project's DVC settings and two versions of a table."""
    repo = tmp_path_factory.mktemp("prepared") / "repo"
    (repo / ".dvc").mkdir(parents=True)
    for name in (".dvc/config", ".dvc/.gitignore", ".dvcignore", ".gitignore"):
        (repo / name).write_text((ROOT / name).read_text())
    git(repo, "init", "--initial-branch=main")
    git(repo, "config", "user.name", "Test")
    git(repo, "config", "user.email", "test@example.org")
    path = repo / "data" / "flats.csv"
    path.parent.mkdir()
    for tag, rents in {"first": [700, 800], "second": [900]}.items():
        table(rents).to_csv(path, index=False)
        add_to_dvc(path)
        git(repo, "add", "-A")
        git(repo, "commit", "-m", tag)
        git(repo, "tag", tag)
    git(repo, "branch", "data/old", "first")
    return repo


@pytest.fixture
def repo(prepared_repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the prepared repository, with caches of its own, so that reads come from the remote."""
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site"))
    return Path(shutil.copytree(prepared_repo, tmp_path / "repo"))


def test_each_revision_has_its_own_rows(repo: Path) -> None:
    for revision, rents in {"first": [700, 800], "second": [900], "main": [900]}.items():
        flats, digest = read_table(f"dvc://{repo}@{revision}/data/flats.csv")
        assert flats["rent"].tolist() == rents
        content = table(rents).to_csv(index=False).encode()
        assert digest == hashlib.sha256(content).hexdigest()
    assert len(read_table(f"dvc://{repo}@data%2Fold/data/flats.csv")[0]) == 2


def test_a_relative_repository_and_a_full_commit_are_read(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo)
    result = subprocess.run(
        ["git", "rev-parse", "first"], check=True, capture_output=True, text=True
    )
    assert len(read_table(f"dvc://.@{result.stdout.strip()}/data/flats.csv")[0]) == 2


def test_only_the_remote_is_needed(repo: Path) -> None:
    shutil.rmtree(repo / ".dvc" / "cache")
    (repo / "data" / "flats.csv").unlink()
    assert (repo / ".homestead" / "dvc").is_dir()
    assert len(read_table(f"dvc://{repo}@second/data/flats.csv")[0]) == 1


def test_a_problem_file_may_name_a_version(repo: Path, tmp_path: Path) -> None:
    path = tmp_path / "flats.yaml"
    path.write_text(PROBLEM.format(repo=repo))
    assert ingest(load_problem(path)).valid["rent"].tolist() == [700.0, 800.0]


def test_adding_a_file_returns_what_to_commit(repo: Path) -> None:
    path = repo / "data" / "more.csv"
    table([1, 2, 3]).to_csv(path, index=False)
    message = add_to_dvc(path)
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    assert digest in message
    assert "git add" in message
    assert "more.csv.dvc" in message
    assert add_to_dvc(path) == message  # nothing new to add
    assert (repo / ".homestead" / "dvc" / "files" / "md5" / digest[:2] / digest[2:]).is_file()


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("@third/data/flats.csv", "third"),
        ("@first/data/houses.csv", "cannot read data/houses.csv at revision first"),
        ("/data/flats.csv", "allowed is dvc://<repo>@<revision>/<path>"),
        ("@first", "allowed is dvc://<repo>@<revision>/<path>"),
        ("x@first/data/flats.csv", "cannot read data/flats.csv at revision first"),
    ],
)
def test_a_version_that_does_not_exist_is_refused(repo: Path, rest: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read_table(f"dvc://{repo}{rest}")
    assert str(error.value).startswith(f"dvc://{repo}{rest}: ")
    assert message in str(error.value)


def test_a_file_that_dvc_refuses_is_reported(repo: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.csv: no such file"):
        add_to_dvc(repo / "nothing.csv")
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    with pytest.raises(UserError, match="not inside of a DVC repository"):
        add_to_dvc(outside)
    tracked = repo / "tracked.csv"
    tracked.write_text("a\n1\n")
    git(repo, "add", "tracked.csv")
    with pytest.raises(UserError, match="already tracked by SCM"):
        add_to_dvc(tracked)


def test_the_command_prints_what_to_commit(repo: Path) -> None:
    path = repo / "data" / "more.csv"
    table([1]).to_csv(path, index=False)
    result = subprocess.run(
        [sys.executable, "-m", "homestead", "data", "add", "data/more.csv"],
        cwd=repo,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "git add data/more.csv.dvc data/.gitignore" in result.stdout

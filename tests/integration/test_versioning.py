"""Data versions with real git and DVC repositories, read at a revision."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from dvc.repo import Repo

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
        assert flats["rent"].tolist() == [str(rent) for rent in rents]
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
        ("x@first/data/flats.csv", "cannot read data/flats.csv at revision first"),
    ],
)
def test_a_version_that_does_not_exist_is_refused(repo: Path, rest: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        read_table(f"dvc://{repo}{rest}")
    assert str(error.value).startswith(f"dvc://{repo}{rest}: ")
    assert message in str(error.value)


def stored_object(repo: Path, digest: str) -> Path:
    return repo / ".homestead" / "dvc" / "files" / "md5" / digest[:2] / digest[2:]


def recorded_digest(repo: Path, path: str) -> str:
    pointer = yaml.safe_load((repo / f"{path}.dvc").read_text())
    return str(pointer["outs"][0]["md5"])


def replace_object(path: Path, content: str) -> None:
    path.chmod(0o644)
    path.write_text(content)


def test_an_object_that_was_changed_in_the_remote_is_refused(repo: Path) -> None:
    shutil.rmtree(repo / ".dvc" / "cache")
    digest = recorded_digest(repo, "data/flats.csv")
    replace_object(stored_object(repo, digest), table([1]).to_csv(index=False))
    with pytest.raises(UserError, match="was changed after it was pushed: found md5 .*" + digest):
        read_table(f"dvc://{repo}@second/data/flats.csv")
    assert len(read_table(f"dvc://{repo}@first/data/flats.csv")[0]) == 2


@pytest.fixture
def repo_with_folder(repo: Path) -> Path:
    """Return a repository with a tracked folder of two tables at the tag ``third``."""
    (repo / "parts").mkdir()
    for number in (1, 2):
        table([number]).to_csv(repo / "parts" / f"{number}.csv", index=False)
    with Repo(str(repo)) as dvc:
        dvc.add(str(repo / "parts"))
        dvc.push()
    git(repo, "add", "-A")
    git(repo, "commit", "-m", "third")
    git(repo, "tag", "third")
    shutil.rmtree(repo / ".dvc" / "cache")
    return repo


def test_a_file_of_a_tracked_folder_is_checked_too(repo_with_folder: Path) -> None:
    uri = f"dvc://{repo_with_folder}@third/parts/2.csv"
    assert read_table(uri)[0]["rent"].tolist() == ["2"]
    content = table([2]).to_csv(index=False).encode()
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    replace_object(stored_object(repo_with_folder, digest), "id,rent\n1,3\n")
    shutil.rmtree(repo_with_folder / ".dvc" / "cache", ignore_errors=True)
    with pytest.raises(UserError, match="was changed after it was pushed"):
        read_table(uri)


def test_a_changed_list_of_a_folders_files_is_refused(
    repo_with_folder: Path,
) -> None:
    listing = stored_object(repo_with_folder, recorded_digest(repo_with_folder, "parts"))
    files = json.loads(listing.read_text())
    replace_object(listing, json.dumps([{**files[0], "relpath": "2.csv"}]))
    with pytest.raises(UserError, match="list of the files in parts was changed"):
        read_table(f"dvc://{repo_with_folder}@third/parts/2.csv")


def test_a_remote_that_is_gone_is_named(repo: Path) -> None:
    shutil.rmtree(repo / ".dvc" / "cache")
    shutil.rmtree(repo / ".homestead" / "dvc")
    with pytest.raises(UserError, match=r"remote 'local' at /.*/dvc does not exist"):
        read_table(f"dvc://{repo}@second/data/flats.csv")


def test_a_remote_that_cannot_be_reached_is_named(repo: Path) -> None:
    shutil.rmtree(repo / ".dvc" / "cache")
    with Repo(str(repo)) as dvc, dvc.config.edit("repo") as config:
        config["remote"]["local"]["url"] = "http://user:secret@127.0.0.1:9/store"
    git(repo, "commit", "-am", "moved")
    with pytest.raises(UserError, match=r"remote 'local' at http://127\.0\.0\.1:9/store ") as error:
        read_table(f"dvc://{repo}@main/data/flats.csv")
    assert "secret" not in str(error.value)


def test_an_object_that_was_never_pushed_is_named(repo: Path) -> None:
    shutil.rmtree(repo / ".dvc" / "cache")
    digest = recorded_digest(repo, "data/flats.csv")
    stored_object(repo, digest).unlink()
    with pytest.raises(UserError, match=r"'local' at .* does not hold data/flats\.csv .*" + digest):
        read_table(f"dvc://{repo}@second/data/flats.csv")


def test_a_file_in_git_is_read_without_dvc(repo: Path) -> None:
    table([5]).to_csv(repo / "plain.csv", index=False)
    git(repo, "add", "plain.csv")
    git(repo, "commit", "-m", "plain")
    assert read_table(f"dvc://{repo}@main/plain.csv")[0]["rent"].tolist() == ["5"]


def test_a_file_that_dvc_refuses_is_reported(repo: Path, tmp_path: Path) -> None:
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

"""The version of a source's data in DVC: where the same bytes can be read again."""

import subprocess
from pathlib import Path
from urllib.parse import quote, unquote

import yaml


def dvc_version(source: str) -> str:
    """Return a ``dvc://`` URI with a fixed commit for what a source holds now, '' if there is none.

    A file beside its committed ``.dvc`` file has one; that it has the content that the commit
    records is for the reader to check. Of a ``dvc://`` source at a branch or tag it is the commit
    that the name stands for now.
    """
    if source.startswith("dvc://"):
        return _fixed(source)
    if "://" in source:
        return ""
    path = Path(source).absolute()
    pointer = path.with_name(f"{path.name}.dvc")
    if not pointer.is_file():
        return ""
    found = _git(path.parent, "rev-parse", "--show-toplevel", "HEAD").splitlines()
    if len(found) != 2:
        return ""
    root, commit = found
    inside = pointer.resolve().relative_to(Path(root).resolve()).as_posix()
    committed = _git(path.parent, "show", f"HEAD:{inside}")
    # A pointer that was changed and not committed is no version of HEAD.
    if not committed or yaml.safe_load(committed) != yaml.safe_load(
        pointer.read_text(encoding="utf-8")
    ):
        return ""
    return f"dvc://{root}@{commit}/{inside.removesuffix('.dvc')}"


def _fixed(source: str) -> str:
    """Return a DVC source with the commit that its revision stands for, itself if unknown."""
    repo, _, rest = source.removeprefix("dvc://").rpartition("@")
    revision, _, path = rest.partition("/")
    if not Path(repo).is_dir():
        return source
    commit = _git(Path(repo), "rev-parse", f"{unquote(revision)}^{{commit}}").strip()
    return f"dvc://{repo}@{quote(commit or revision, safe='')}/{path}"


def _git(folder: Path, *arguments: str) -> str:
    """Return what git prints, '' outside of a repository, without git or on a failure."""
    command = ["git", "-C", str(folder), *arguments]
    try:
        process = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    except FileNotFoundError:
        return ""
    return process.stdout if process.returncode == 0 else ""

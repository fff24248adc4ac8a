"""Data files under version control with DVC."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from homestead.errors import UserError

# As DVC reads: its older hashes of texts, without carriage returns, depend on it.
_HASHED_BYTES = 2**20


def dvc_chunks(uri: str) -> Iterator[bytes]:
    """Yield the content of a DVC-tracked file at a revision in pieces, checked as a whole at last.

    What was read counts only once the last piece is there: the hash that the revision records is
    known to be that of the content then.

    Args:
        uri: ``dvc://<repo>@<revision>/<path>``; ``<repo>`` is a folder (absolute, or relative to
            the working folder, ``.`` for it) or an address that git can clone. A ``/`` in a
            revision is written ``%2F``.

    Raises:
        UserError: the URI is malformed, DVC cannot read the path at that revision, or the content
            is not the one that the revision records.
    """
    from dvc.repo import Repo

    repo, at, rest = uri.removeprefix("dvc://").rpartition("@")
    revision, _, path = rest.partition("/")
    revision = unquote(revision)
    if not (at and repo and revision and path):
        raise UserError(f"{uri}: allowed is dvc://<repo>@<revision>/<path>")
    try:
        with Repo.open(repo, rev=revision, subrepos=True, uninitialized=True) as opened:
            yield from _checked_chunks(opened, path, uri)
    except UserError:
        raise
    except Exception as error:
        # DVC's remotes and git raise errors of their own types.
        raise UserError(
            f"{uri}: DVC cannot read {path} at revision {revision} of {repo}: {error}"
        ) from None


def _checked_chunks(repo: Any, path: str, uri: str) -> Iterator[bytes]:
    from dvc.exceptions import OutputNotFoundError
    from dvc.fs.dvc import DVCFileSystem
    from dvc_data.hashfile.hash import get_hash_stream

    try:
        index, entry = repo.get_data_index_entry(path)
    except OutputNotFoundError:
        index = entry = None
    recorded = None if entry is None else entry.hash_info
    # A file that is in git instead of DVC has git's own hash.
    if entry is not None:
        if recorded is None or recorded.value is None:
            raise UserError(
                f"{uri}: the revision records no hash of the file, so it cannot be checked"
            )
        _check_listing(index, entry, uri)
    try:
        files = DVCFileSystem(repo=repo, subrepos=True)
        with files.open(files.from_os_path(path), "rb") as file:
            stream = get_hash_stream(file, name=recorded.name if recorded else "md5")
            while chunk := stream.read(_HASHED_BYTES):
                yield bytes(chunk)
    except Exception as error:
        if entry is None:
            raise
        raise UserError(f"{uri}: {_remote_failure(repo, path, error)}") from None
    if recorded is not None and stream.hash_value != recorded.value:
        raise UserError(
            f"{uri}: the stored object was changed after it was pushed: found {recorded.name}"
            f" {stream.hash_value}, the revision records {recorded.value}; push the right file"
            " again, or add the new one as a version of its own"
        )


def _check_listing(index: Any, entry: Any, uri: str) -> None:
    """Check the list of files of each tracked folder that holds the entry."""
    from dvc_data.hashfile.tree import Tree

    for length in range(1, len(entry.key)):
        folder = entry.key[:length]
        recorded = index[folder].hash_info
        if recorded is None or not recorded.isdir:
            continue
        tree = Tree()  # type: ignore[no-untyped-call]
        for key, item in index.iteritems(folder):
            if item.hash_info and not item.hash_info.isdir:
                tree.add(key[length:], item.meta, item.hash_info)
        tree.digest()
        if tree.hash_info.value != recorded.value:
            raise UserError(
                f"{uri}: the stored list of the files in {'/'.join(folder)} was changed after it"
                f" was pushed: found md5 {tree.hash_info.value}, the revision records"
                f" {recorded.value}"
            )


def _remote_failure(repo: Any, path: str, error: Exception) -> str:
    """Return why an object cannot be read, with the remote's name and URL."""
    (output, *_) = repo.find_outs_by_path(repo.fs.join(repo.root_dir, path), strict=False)
    name = output.remote or repo.config["core"].get("remote")
    if not name:
        return f"no DVC remote is configured, and {path} is not in the cache: {error}"
    remote = repo.cloud.get_remote(name)
    # Without a user's name and password.
    url = re.sub("//[^/@]*@", "//", remote.fs.unstrip_protocol(remote.path))
    try:
        exists = remote.fs.exists(remote.path)
    except Exception as reason:
        return f"the DVC remote {name!r} at {url} cannot be reached: {reason}"
    if not exists:
        return f"the DVC remote {name!r} at {url} does not exist (see dvc remote modify)"
    return (
        f"the DVC remote {name!r} at {url} does not hold {path} at this revision"
        f" ({output.hash_info.value}): push it with dvc push, or see {error}"
    )


def add_to_dvc(path: Path) -> str:
    """Add a file to DVC, push it to the default remote, and return which files to commit.

    Raises:
        UserError: the file does not exist, is not inside a DVC project, or DVC refuses it.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    if not path.is_file():
        raise UserError(f"{path}: no such file")
    target = path.resolve()
    try:
        with Repo(Repo.find_root(str(target.parent))) as repo:
            repo.add(str(target))
            repo.push(targets=[f"{target}.dvc"])
    except DvcException as error:
        reason = " ".join(str(error).split())
        raise UserError(f"{path}: DVC cannot add it: {reason}") from None
    pointer = path.with_name(f"{path.name}.dvc")
    output = yaml.safe_load(pointer.read_text(encoding="utf-8"))["outs"][0]
    return (
        f"{path}: version {output['md5']}, {output['size']} bytes, pushed to the remote.\n"
        f"Commit it: git add {pointer} {path.with_name('.gitignore')} && git commit"
    )

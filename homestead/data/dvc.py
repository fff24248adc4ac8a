"""Data files under version control with DVC."""

from pathlib import Path
from urllib.parse import unquote

import yaml

from homestead.errors import UserError


def read_dvc_version(uri: str) -> bytes:
    """Return the content of a DVC-tracked file at a revision.

    Args:
        uri: ``dvc://<repo>@<revision>/<path>``; ``<repo>`` is a folder (absolute, or relative to
            the working folder, ``.`` for it) or an address that git can clone. A ``/`` in a
            revision is written ``%2F``.

    Raises:
        UserError: the URI is malformed, or DVC cannot read the path at that revision.
    """
    import dvc.api

    repo, at, rest = uri.removeprefix("dvc://").rpartition("@")
    revision, _, path = rest.partition("/")
    revision = unquote(revision)
    if not (at and repo and revision and path):
        raise UserError(f"{uri}: allowed is dvc://<repo>@<revision>/<path>")
    try:
        return bytes(dvc.api.read(path, repo=repo, rev=revision, mode="rb"))
    except Exception as error:
        # DVC's remotes and git raise errors of their own types.
        raise UserError(
            f"{uri}: DVC cannot read {path} at revision {revision} of {repo}: {error}"
        ) from None


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
    output = yaml.safe_load(pointer.read_text())["outs"][0]
    return (
        f"{path}: version {output['md5']}, {output['size']} bytes, pushed to the remote.\n"
        f"Commit it: git add {pointer} {path.with_name('.gitignore')} && git commit"
    )

"""Data files under version control: DVC."""

from pathlib import Path
from urllib.parse import unquote

import yaml

from homestead.errors import UserError


def read_dvc_version(uri: str) -> bytes:
    """A DVC-tracked file's bytes at a revision.

    Args:
        uri: ``dvc://<repo>@<revision>/<path>``; ``<repo>`` is a folder (absolute, or relative to
            the working folder, ``.`` for it) or an address that git can clone. A ``/`` in a
            revision is written ``%2F``.

    Raises:
        UserError: the address, the revision or the path is wrong.
    """
    import dvc.api

    place, at, rest = uri.removeprefix("dvc://").rpartition("@")
    revision, _, path = rest.partition("/")
    revision = unquote(revision)
    if not (at and place and revision and path):
        raise UserError(f"{uri}: allowed is dvc://<repo>@<revision>/<path>")
    try:
        return bytes(dvc.api.read(path, repo=place, rev=revision, mode="rb"))
    except Exception as error:
        # The remotes of DVC raise errors of their own, as git does.
        raise UserError(f"{uri}: DVC can't read {path} at {revision} of {place}: {error}") from None


def add_to_dvc(path: Path) -> str:
    """Put a file under DVC, push it to the default remote, and say what to commit.

    Raises:
        UserError: no such file, not inside a DVC project, or DVC's own reason.
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
        raise UserError(f"{path}: DVC can't take it: {reason}") from None
    pointer = path.with_name(f"{path.name}.dvc")
    output = yaml.safe_load(pointer.read_text())["outs"][0]
    return (
        f"{path}: version {output['md5']}, {output['size']} bytes, pushed to the remote.\n"
        f"Commit it: git add {pointer} {path.with_name('.gitignore')} && git commit"
    )

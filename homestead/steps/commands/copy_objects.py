"""Copy objects: bring a folder, or a bucket, up to date with another. A backup uses it both ways.

What the target has already, with the same size and not older, is not copied again, and nothing is
deleted: models and artifacts are never changed once they are written.
"""

import os
import posixpath
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from homestead.errors import UserError

_Listing = dict[str, dict[str, Any]]


def copy_objects(source: str, target: str, report: Callable[[str], None]) -> None:
    """Copy the objects that the target lacks, or has in another size or from an earlier time.

    Args:
        source: folder or ``s3://bucket/prefix``.
        target: the same.

    Raises:
        UserError: the source does not exist, or either cannot be read or written.
    """
    from fsspec.core import url_to_fs
    from fsspec.implementations.local import LocalFileSystem

    source_files, source_root = url_to_fs(source)
    target_files, target_root = url_to_fs(target)
    try:
        if not source_files.exists(source_root):
            raise UserError(f"{source}: does not exist")
        objects = _list(source_files, source_root)
        existing = _list(target_files, target_root)
        missing = [
            name
            for name, found in sorted(objects.items())
            if name not in existing or not _is_copy(existing[name], found)
        ]
        for name in missing:
            to = posixpath.join(target_root, name)
            target_files.makedirs(posixpath.dirname(to), exist_ok=True)
            with (
                source_files.open(posixpath.join(source_root, name), "rb") as reader,
                target_files.open(to, "wb") as writer,
            ):
                while chunk := reader.read(1 << 20):
                    writer.write(chunk)
            if isinstance(target_files, LocalFileSystem):
                # Copied back one day, it is no newer than what the bucket still has.
                modified_s = _modified(objects[name]).timestamp()
                os.utime(to, (modified_s, modified_s))
    except OSError as error:
        raise UserError(f"copy of {source} to {target}: {error}") from None
    report(f"{len(objects)} objects in {source}, {len(missing)} copied to {target}")


def _list(files: Any, root: str) -> _Listing:
    if not files.exists(root):
        return {}
    listing: _Listing = files.find(root, detail=True)
    return {posixpath.relpath(path, root): found for path, found in listing.items()}


def _is_copy(copy: dict[str, Any], found: dict[str, Any]) -> bool:
    return copy["size"] == found["size"] and _modified(copy) >= _modified(found)


def _modified(found: dict[str, Any]) -> datetime:
    """Return when an object was last modified, whichever file system lists it."""
    time = found.get("LastModified") or found.get("mtime") or found.get("created")
    return time if isinstance(time, datetime) else datetime.fromtimestamp(float(time or 0), UTC)

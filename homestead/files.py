"""Reading of files by URI, and atomic writing: a file is complete or does not exist."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from homestead.errors import UserError

# Of files that are read in pieces.
CHUNK_BYTES = 8 * 2**20


def read_uri(uri: str) -> bytes:
    """Return a file's content.

    Args:
        uri: a path, ``file://…``, or a URI that fsspec supports: ``s3://…``, ``gs://…``.

    Raises:
        UserError: there is no such file, or it cannot be read.
    """
    return b"".join(read_chunks(uri, -1))


def read_chunks(uri: str, size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """Yield a file's content in pieces, none for an empty file.

    Args:
        uri: as that of :func:`read_uri`.
        size: largest number of bytes of a piece; -1 for all in one.

    Raises:
        UserError: there is no such file, or it cannot be read.
    """
    with _explained(uri), _open(uri) as file:
        while chunk := file.read(size):
            yield chunk


def open_uri(uri: str) -> Any:
    """Return an open file, which can be read at any place.

    Args:
        uri: as that of :func:`read_uri`.

    Raises:
        UserError: there is no such file, or it cannot be opened.
    """
    with _explained(uri):
        return _open(uri)


@contextmanager
def _explained(uri: str) -> Iterator[None]:
    """Turn what reading a file raises in the block into a ``UserError``."""
    try:
        yield
    except FileNotFoundError:
        raise UserError(f"{uri}: no such file") from None
    except Exception as error:
        # Each object store raises its own errors for missing rights, buckets and networks.
        raise UserError(f"{uri}: cannot be read: {type(error).__name__}: {error}") from None


def local_path(uri: str) -> Path | None:
    """Return the path of a file on this machine, None for any other."""
    parts = urlsplit(uri)
    if parts.scheme not in ("", "file"):
        return None
    path = Path(unquote(parts.path)) if parts.scheme else Path(uri)
    # People write spaces and number signs in URIs as they are.
    return path if path.exists() else Path(uri.removeprefix("file://"))


def _open(uri: str) -> Any:
    path = local_path(uri)
    if path is not None:
        return path.open("rb")
    import fsspec

    return fsspec.open(uri, "rb").open()


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path that replaces ``path`` if the block does not raise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a binary file atomically."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def yaml_text(content: Any) -> str:
    """Return generated YAML: keys in their order, lines of a text as lines, and no anchors."""
    import yaml

    class PlainDumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
        style = "|" if "\n" in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)

    PlainDumper.add_representer(str, represent_text)
    return yaml.dump(content, Dumper=PlainDumper, sort_keys=False, width=110, allow_unicode=True)

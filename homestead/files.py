"""Files, from where they lie; those that are written are whole or not there."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from homestead.errors import UserError


def read_uri(uri: str) -> bytes:
    """A file's bytes.

    Args:
        uri: a path, ``file://…``, or what fsspec knows: ``s3://…``, ``gs://…``.

    Raises:
        UserError: not there, or not readable.
    """
    try:
        parts = urlsplit(uri)
        if parts.scheme in ("", "file"):
            path = Path(uri.removeprefix("file://"))
            if parts.scheme and not path.exists():
                # A URI as it should be, with %20 for a space, and not as people write it.
                path = Path(unquote(parts.path))
            return path.read_bytes()
        import fsspec

        with fsspec.open(uri, "rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        raise UserError(f"{uri}: no such file") from None
    except Exception as error:
        # Object stores raise errors of their own for rights, buckets and networks.
        raise UserError(f"{uri}: can't be read: {type(error).__name__}: {error}") from None


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its place when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file in one go."""
    with replacing(path) as part:
        part.write_text(text)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a binary file in one go."""
    with replacing(path) as part:
        part.write_bytes(content)


def yaml_text(content: Any) -> str:
    """Return generated YAML: keys in their order, and no anchors where an object occurs twice."""
    import yaml

    class PlainDumper(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump(content, Dumper=PlainDumper, sort_keys=False, width=110, allow_unicode=True)

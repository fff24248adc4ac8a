"""Reading of files by URI, and atomic writing: a file is complete or does not exist."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from homestead.errors import UserError


def read_uri(uri: str) -> bytes:
    """Return a file's content.

    Args:
        uri: a path, ``file://…``, or a URI that fsspec supports: ``s3://…``, ``gs://…``.

    Raises:
        UserError: there is no such file, or it cannot be read.
    """
    try:
        parts = urlsplit(uri)
        if parts.scheme in ("", "file"):
            path = Path(unquote(parts.path)) if parts.scheme else Path(uri)
            if not path.exists():
                # People write spaces and number signs in URIs as they are.
                path = Path(uri.removeprefix("file://"))
            return path.read_bytes()
        import fsspec

        with fsspec.open(uri, "rb") as file:
            return bytes(file.read())
    except FileNotFoundError:
        raise UserError(f"{uri}: no such file") from None
    except Exception as error:
        # Each object store raises its own errors for missing rights, buckets and networks.
        raise UserError(f"{uri}: cannot be read: {type(error).__name__}: {error}") from None


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

"""Where the parts of a job are kept: each file is complete or does not exist.

On this machine a file is renamed into place; an object store shows an object once all of it is
there.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from homestead.errors import UserError
from homestead.files import atomic_path


class LocalParts:
    """A folder of this machine."""

    def __init__(self, folder: Path) -> None:
        """Create the folder with the first file."""
        self._folder = folder

    def names(self) -> set[str]:
        """Return the names of complete files."""
        if not self._folder.is_dir():
            return set()
        return {path.name for path in self._folder.iterdir() if not path.name.startswith(".")}

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        return (self._folder / name).read_bytes()

    def write(self, name: str, content: bytes) -> None:
        """Write a file under another name, then rename it."""
        try:
            with atomic_path(self._folder / name) as temporary:
                temporary.write_bytes(content)
                temporary.chmod(0o644)
        except OSError as error:
            raise UserError(f"{self._folder / name}: cannot be written: {error}") from None

    def delete(self, name: str) -> None:
        """Delete a file, if it exists."""
        (self._folder / name).unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes of this machine from the folder; delete what killed ones left.

        Raises:
            UserError: another process has it.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("w", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise UserError(f"{self._folder}: another process scores into it now") from None
            for path in self._folder.glob(".*"):
                if path.name != ".lock":
                    path.unlink(missing_ok=True)
            yield

    def remove(self) -> None:
        """Delete the folder, which holds nothing but the lock."""
        (self._folder / ".lock").unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._folder.rmdir()


class RemoteParts:
    """A prefix of an object store, ``s3://bucket/prefix``."""

    def __init__(self, uri: str) -> None:
        """Find the object store's client.

        Raises:
            UserError: there is none for this kind of URI.
        """
        import fsspec

        try:
            self._files, self._path = fsspec.core.url_to_fs(uri)
        except (ImportError, ValueError) as error:
            raise UserError(f"{uri}: {error}") from None
        self._uri = uri

    def names(self) -> set[str]:
        """Return the names of the objects right below the prefix."""
        self._files.invalidate_cache()
        try:
            found = self._files.ls(self._path, detail=False)
        except FileNotFoundError:
            return set()
        except Exception as error:
            # Each object store raises its own errors for missing rights, buckets and networks.
            raise self._failure("listed", error) from None
        return {str(path).rstrip("/").rpartition("/")[2] for path in found}

    def read(self, name: str) -> bytes:
        """Return an object's content."""
        try:
            return bytes(self._files.cat_file(f"{self._path}/{name}"))
        except Exception as error:
            raise self._failure(f"read ({name})", error) from None

    def write(self, name: str, content: bytes) -> None:
        """Write an object, which shows once all of it is there."""
        try:
            self._files.pipe_file(f"{self._path}/{name}", content)
        except Exception as error:
            raise self._failure(f"written ({name})", error) from None

    def delete(self, name: str) -> None:
        """Delete an object, if it exists."""
        try:
            self._files.rm_file(f"{self._path}/{name}")
        except FileNotFoundError:
            pass
        except Exception as error:
            raise self._failure(f"deleted ({name})", error) from None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Do nothing: object stores have no locks. Two runs of a job write the same parts."""
        yield

    def remove(self) -> None:
        """Do nothing: a prefix without objects does not exist."""

    def _failure(self, verb: str, error: Exception) -> UserError:
        return UserError(f"{self._uri}: cannot be {verb}: {type(error).__name__}: {error}")


PartStore = LocalParts | RemoteParts


def open_parts(place: str) -> PartStore:
    """Return the store of a folder's path or URI."""
    if urlsplit(place).scheme in ("", "file"):
        return LocalParts(Path(place.removeprefix("file://")))
    return RemoteParts(place)

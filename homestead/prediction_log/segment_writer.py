"""One segment of the spool while it is being written."""

import errno
import fcntl
import os
from pathlib import Path


class SegmentWriter:
    """A locked file with all of its space allocated.

    Attributes:
        path: the segment.
        capacity_bytes: the space that is allocated.
        used_bytes: the space that is written.
    """

    def __init__(self, path: Path, capacity_bytes: int) -> None:
        """Create and lock the file.

        Raises:
            OSError: no space is left, or the folder cannot be written.
        """
        unlocked_path = path.with_suffix(".new")
        descriptor = os.open(unlocked_path, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(descriptor, 0, capacity_bytes)
            else:  # macOS has none
                os.write(descriptor, bytes(capacity_bytes))
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Lock first, then rename: another process's shipper would take an unlocked segment
            # for an abandoned one and remove it.
            unlocked_path.rename(path)
        except OSError:
            unlocked_path.unlink(missing_ok=True)
            os.close(descriptor)
            raise
        self.path, self.capacity_bytes, self.used_bytes = path, capacity_bytes, 0
        self._descriptor = descriptor

    def append(self, content: bytes) -> None:
        """Write at the end.

        Raises:
            OSError: no space is left.
        """
        # Not a memory map, although one costs half as much: on a file system that breaks its
        # promise of space, a full disk raises an error here but kills a process that maps the file.
        if os.pwrite(self._descriptor, content, self.used_bytes) < len(content):
            # The next line overwrites the incomplete one.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        self.used_bytes += len(content)

    def is_in_place(self) -> bool:
        """Return whether the path still leads to the file that is being written."""
        try:
            return os.path.samestat(self.path.stat(), os.fstat(self._descriptor))
        except OSError:
            return False

    def read(self) -> bytes:
        """Return what is written, also when the file has no name any more."""
        return os.pread(self._descriptor, self.used_bytes, 0)

    def close(self) -> None:
        """Release the lock; from now on the segment counts as abandoned."""
        os.ftruncate(self._descriptor, self.used_bytes)
        os.close(self._descriptor)

"""Local spool of the prediction log: append-only segment files that survive a killed process.

A line is in the spool before its answer leaves. A segment whose writer has died is abandoned: its
lock is free, and any process may ship it.

The space of a segment is allocated when the segment is opened, so that a full disk shows before a
line is needed. Each line is one write and reaches the kernel at once. Zeros follow the last line
of a segment that is still open.
"""

import errno
import fcntl
import logging
import os
import time
from pathlib import Path

import msgspec

from homestead.prediction_log.entries import LogLine

_SEGMENT_BYTES = 4 * 1024 * 1024
_LOG = logging.getLogger(__name__)


class Spool:
    """A folder of segments; the one being written is locked by its process.

    Attributes:
        folder: the folder of the segments.
        segment_path: the segment being written; None while none could be opened.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.segment_path: Path | None = None
        self._encode = msgspec.json.Encoder().encode
        try:
            self._open_segment(_SEGMENT_BYTES)
        except OSError as error:
            # Each append tries again; the settings decide what happens to requests until then.
            _LOG.error("prediction log: cannot open a segment: %s", error)

    def _open_segment(self, capacity_bytes: int) -> None:
        name = f"{time.time_ns():020d}-{os.getpid()}"
        path, unlocked_path = self.folder / f"{name}.jsonl", self.folder / f"{name}.new"
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
        self._descriptor, self.segment_path = descriptor, path
        self._capacity_bytes, self._used_bytes = capacity_bytes, 0

    def append(self, line: LogLine) -> None:
        """Write a line.

        Raises:
            OSError: no space is left; the answer must not be sent.
        """
        content = self._encode(line) + b"\n"
        if self.segment_path is None or self._used_bytes + len(content) > self._capacity_bytes:
            if self.segment_path is not None:
                self.close()
            self._open_segment(max(_SEGMENT_BYTES, len(content)))
        # Not a memory map, although one costs half as much: on a file system that breaks its
        # promise of space, a full disk raises an error here but kills a process that maps the file.
        if os.pwrite(self._descriptor, content, self._used_bytes) < len(content):
            # The next line overwrites the incomplete one.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.segment_path))
        self._used_bytes += len(content)

    def close(self) -> None:
        """Release the current segment; from now on it counts as abandoned."""
        if self.segment_path is None:
            return
        self.segment_path = None
        os.ftruncate(self._descriptor, self._used_bytes)
        os.close(self._descriptor)

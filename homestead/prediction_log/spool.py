"""Local spool of the prediction log: append-only segment files that survive a killed process.

A line is in the spool before its answer leaves. A segment whose writer has died is abandoned: its
lock is free, and any process may ship it.

The space of a segment is allocated when the segment is opened, so that a full disk shows before a
line is needed. Each line is one write and reaches the kernel at once. Zeros follow the last line
of a segment that is still open.
"""

import errno
import logging
import os
import threading
import time
from pathlib import Path
from typing import NamedTuple

import msgspec

from homestead.prediction_log.entries import LogLine
from homestead.prediction_log.segment_writer import SegmentWriter

_SEGMENT_BYTES = 4 * 1024 * 1024
_BYTES_PER_MB = 1024 * 1024
# A spool that has reached its limit is not measured again for each line.
_MEASURE_INTERVAL_S = 0.1
_LOG = logging.getLogger(__name__)


class SpoolPosition(NamedTuple):
    """The place behind a line; positions of one spool sort by time."""

    segment: str
    offset_bytes: int


class Spool:
    """A folder of segments; the one being written is locked by its process.

    Attributes:
        folder: the folder of the segments.
        owner: what the names of this spool's segments end in.
    """

    def __init__(self, folder: Path, max_mb: float | None = None) -> None:
        """Open a spool.

        Args:
            folder: created if it does not exist.
            max_mb: most space that all segments in the folder may take.
        """
        self.folder = folder
        self.owner = f"{time.time_ns():x}x{os.getpid()}"
        self._max_mb = max_mb
        # Appends come from the event loop, checks from another thread.
        self._lock = threading.Lock()
        self._segment: SegmentWriter | None = None
        self._position = SpoolPosition("", 0)
        self._rows = 0
        self._used_bytes = 0
        self._measure_at_s = 0.0
        self._encode = msgspec.json.Encoder().encode
        try:
            self._open_segment(_SEGMENT_BYTES)
        except OSError as error:
            # Each append tries again; the settings decide what happens to requests until then.
            _LOG.error("prediction log: cannot open a segment: %s", error)

    @property
    def segment_path(self) -> Path | None:
        """The segment being written; None while none could be opened."""
        return None if self._segment is None else self._segment.path

    def append(self, line: LogLine) -> None:
        """Write a line.

        Raises:
            OSError: no space is left; the answer must not be sent.
        """
        content = self._encode(line) + b"\n"
        with self._lock:
            segment = self._segment
            if segment is None or segment.used_bytes + len(content) > segment.capacity_bytes:
                segment = self._next_segment(len(content))
            segment.append(content)
            self._rows += line.row_count

    def written(self) -> tuple[SpoolPosition, int]:
        """Return the place behind the last line, and the number of rows written so far."""
        with self._lock:
            if self._segment is not None:
                self._position = _end_of(self._segment)
            return self._position, self._rows

    def restore_segment(self) -> None:
        """Write the current segment again if it was deleted or replaced.

        Raises:
            OSError: there is no space for it; a later call may succeed.
        """
        with self._lock:
            self._restore_segment()

    def close(self) -> None:
        """Release the current segment; from now on it counts as abandoned."""
        with self._lock:
            try:
                self._restore_segment()
            except OSError as error:
                _LOG.error("prediction log: a deleted segment is lost: %s", error)
            self._close_segment()

    def _restore_segment(self) -> None:
        lost = self._segment
        if lost is None or lost.is_in_place():
            return
        content = lost.read()
        self._open_segment(max(_SEGMENT_BYTES, len(content))).append(content)
        lost.close()
        _LOG.error("prediction log: %s was deleted or replaced; written again", lost.path)

    def _next_segment(self, length_bytes: int) -> SegmentWriter:
        self._restore_segment()
        self._close_segment()
        return self._open_segment(max(_SEGMENT_BYTES, length_bytes))

    def _open_segment(self, capacity_bytes: int) -> SegmentWriter:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check_limit(capacity_bytes)
        path = self.folder / f"{time.time_ns():020d}-{self.owner}.jsonl"
        self._segment = SegmentWriter(path, capacity_bytes)
        return self._segment

    def _check_limit(self, more_bytes: int) -> None:
        if self._max_mb is None:
            return
        now_s = time.monotonic()
        if now_s >= self._measure_at_s:
            self._used_bytes = sum(_size(path) for path in self.folder.rglob("*.jsonl"))
        if self._used_bytes + more_bytes > self._max_mb * _BYTES_PER_MB:
            if now_s >= self._measure_at_s:
                self._measure_at_s = now_s + _MEASURE_INTERVAL_S
            raise OSError(
                errno.ENOSPC,
                f"the spool holds {self._used_bytes / _BYTES_PER_MB:.0f} MB, HOMESTEAD_SPOOL_MB"
                f" allows {self._max_mb:g}",
                str(self.folder),
            )

    def _close_segment(self) -> None:
        if self._segment is not None:
            self._position = _end_of(self._segment)
            self._segment.close()
            self._segment = None


def _end_of(segment: SegmentWriter) -> SpoolPosition:
    return SpoolPosition(segment.path.name, segment.used_bytes)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # just shipped
        return 0

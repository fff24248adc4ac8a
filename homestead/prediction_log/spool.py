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
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import msgspec

from homestead.errors import UserError
from homestead.prediction_log.entries import LogLine
from homestead.prediction_log.segment_writer import SegmentWriter
from homestead.settings import Settings

_SEGMENT_BYTES = 4 * 1024 * 1024
# One segment is one file of an hour: larger ones make fewer files, smaller ones are written sooner
# when a server stops.
_PARQUET_SEGMENT_BYTES = 16 * 1024 * 1024
_BYTES_PER_MB = 1024 * 1024
# A spool has room for so many segments at least, unless it is very small.
_LEAST_SEGMENTS = 4
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

    def __init__(
        self,
        folder: Path,
        max_mb: float | None = None,
        *,
        segment_bytes: int | None = None,
        max_age_s: float | None = None,
    ) -> None:
        """Open a spool.

        Args:
            folder: created if it does not exist.
            max_mb: most space that all segments in the folder may take.
            segment_bytes: space of a segment; 4 MiB if None.
            max_age_s: how long after its first line :meth:`end_old_segment` ends a segment that is
                not full; None for never.
        """
        self.folder = folder
        self.owner = f"{time.time_ns():x}x{os.getpid()}"
        self._max_mb = max_mb
        self._segment_bytes = segment_bytes or _SEGMENT_BYTES
        if max_mb is not None:
            # The next one must be open before this one is shipped.
            most_bytes = int(max_mb * _BYTES_PER_MB) // _LEAST_SEGMENTS
            self._segment_bytes = min(self._segment_bytes, max(most_bytes, _SEGMENT_BYTES))
        self._max_age_s = max_age_s
        # When :meth:`end_old_segment` first saw a line in the current segment.
        self._first_line_s: float | None = None
        # Appends come from the event loop, checks from another thread.
        self._lock = threading.Lock()
        self._segment: SegmentWriter | None = None
        self._position = SpoolPosition("", 0)
        self._rows = 0
        self._used_bytes = 0
        self._measure_at_s = 0.0
        self._encode = msgspec.json.Encoder().encode
        try:
            self._open_segment(self._segment_bytes)
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

    def end_old_segment(self, now_s: float | None = None) -> None:
        """End the current segment if its first line is old, and open the next one.

        Called more often than that age, so that what is shipped by whole segments is shipped after
        a time where few lines come. Nothing happens while there is no space for another segment.

        Args:
            now_s: of a monotonic clock; by default its present time.
        """
        now_s = time.monotonic() if now_s is None else now_s
        with self._lock:
            segment = self._segment
            if self._max_age_s is None or segment is None or not segment.used_bytes:
                return
            if self._first_line_s is None:
                self._first_line_s = now_s
            if now_s < self._first_line_s + self._max_age_s:
                return
            with suppress(OSError):
                self._restore_segment()
                ended = self._segment
                self._open_segment(self._segment_bytes)
                if ended is not None:
                    self._position = _end_of(ended)
                    ended.close()

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
        self._open_segment(max(self._segment_bytes, len(content))).append(content)
        lost.close()
        _LOG.error("prediction log: %s was deleted or replaced; written again", lost.path)

    def _next_segment(self, length_bytes: int) -> SegmentWriter:
        self._restore_segment()
        self._close_segment()
        return self._open_segment(max(self._segment_bytes, length_bytes))

    def _open_segment(self, capacity_bytes: int) -> SegmentWriter:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._check_limit(capacity_bytes)
        path = self.folder / f"{time.time_ns():020d}-{self.owner}.jsonl"
        self._segment = SegmentWriter(path, capacity_bytes)
        self._first_line_s = None
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


def open_spool(problem: str, settings: Settings) -> Spool:
    """Open the spool of a server, as the place of its log asks for.

    Raises:
        UserError: the log's files cannot be written in this environment.
    """
    folder = settings.folder("spool", problem)
    if not settings.log_uri:
        return Spool(folder, settings.spool_mb)
    if find_spec("duckdb") is None:
        raise UserError(
            "HOMESTEAD_LOG_URI: needs the package duckdb, which is not installed here; without the"
            " setting, predictions are logged in the database"
        )
    return Spool(
        folder,
        settings.spool_mb,
        segment_bytes=_PARQUET_SEGMENT_BYTES,
        max_age_s=settings.log_write_s,
    )


def _end_of(segment: SegmentWriter) -> SpoolPosition:
    return SpoolPosition(segment.path.name, segment.used_bytes)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # just shipped
        return 0

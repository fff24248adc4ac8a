"""Shipping of the prediction log from the local spool to SQL, or to Parquet files.

Rows are inserted by key, so shipping twice does no harm, and a segment whose writer has died is
simply shipped from its start. To Parquet, segments are shipped whole once nobody writes them any
more: the same segment gives the same files. Segments are shipped in the order in which they were
opened. A segment with a line that cannot be shipped is kept in a folder of its own, set aside.
"""

import logging
import math
import time
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path

import sqlalchemy as sa

from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.segments import (
    count_rows,
    is_abandoned,
    is_segment_abandoned,
    open_if_exists,
    opened_s,
    owner_of,
    read_batch,
)
from homestead.prediction_log.shipping_status import ShippingStatus
from homestead.prediction_log.spool import SpoolPosition

SET_ASIDE_FOLDER = "set-aside"
_LOG = logging.getLogger(__name__)
_MAX_BATCH_LINES = 500
# The log of a server does not repeat what the segment itself shows.
_MAX_LOGGED_FAULTS = 3
_SEEN_CONNECTION = "seen by the shipper"


@dataclass
class _SegmentProgress:
    """What is known about a segment: bytes and rows of it, and lines that cannot be shipped."""

    rows: int = 0
    shipped_bytes: int = 0
    is_complete: bool = False
    faults: list[str] = field(default_factory=list)


class Shipper:
    """Ships the segments of a spool; what cannot be shipped stays in its folder.

    Attributes:
        error: why the last call of :meth:`ship` stopped; empty if it succeeded.
        has_more: whether the last call stopped because its time was over.
        status: what was shipped so far, and what was not.
    """

    def __init__(
        self, folder: Path, engine: sa.Engine, owner: str = "", parquet_root: str = ""
    ) -> None:
        """Create a shipper.

        Args:
            folder: the spool's folder.
            engine: the database of the prediction log.
            owner: the spool whose open segments are shipped too. Of other spools none are shipped
                while their process lives, since it has a shipper of its own.
            parquet_root: folder or URI of a log in Parquet files. Predictions then go there, and to
                the database only what has its place there: feedback and what a release is
                judged by.
        """
        self._folder = folder
        self._engine = engine
        self._owner = owner
        self._parquet_root = parquet_root
        self._progress: dict[Path, _SegmentProgress] = {}
        self._has_connected = False
        # Halved after each failure, so that a database too slow for a full batch makes progress.
        self._batch_lines = _MAX_BATCH_LINES
        self.error = ""
        self.has_more = False
        self.status = ShippingStatus()

    def ship(self, max_seconds: float = math.inf) -> None:
        """Ship all lines of the spool, or as many as about ``max_seconds`` allow."""
        deadline = time.monotonic() + max_seconds
        self._find_segments()
        try:
            self.has_more = not all(
                self._ship_segment(path, deadline) for path in list(self._progress)
            )
            self.error = ""
        except Exception as error:
            # The database is unreachable or busy: the spool keeps all lines for the next call.
            self._batch_lines = max(self._batch_lines // 2, 1)
            reason = (str(error) or type(error).__name__).splitlines()[0]
            if not self.error:
                _LOG.warning("prediction log: shipping failed, will retry: %s", reason)
            self.error = reason
            self.has_more = False
        self._count_what_is_left()

    def _find_segments(self) -> None:
        """Find new segments, and those that somebody deleted."""
        states = {path: is_segment_abandoned(path) for path in sorted(self._folder.glob("*.jsonl"))}
        living = {owner_of(path) for path, abandoned in states.items() if abandoned is False}
        paths = [
            path
            for path, abandoned in states.items()
            if abandoned is not None and (self._owns(path) or owner_of(path) not in living)
        ]
        for path in self._progress.keys() - set(paths):
            progress = self._progress.pop(path)
            # The server writes an open segment again.
            if progress.is_complete and self._owns(path):
                self.status.lost_segments += 1
                _LOG.error("prediction log: %s was deleted before it was shipped", path)
        for path in paths:
            if path not in self._progress:
                rows = 0 if self._owns(path) else count_rows(path)
                self._progress[path] = _SegmentProgress(rows)
            self._progress[path].is_complete = bool(states[path])
        self._progress = dict(sorted(self._progress.items()))

    def _is_reconnected(self) -> bool:
        """Return whether the database was left since the last call: it may be another one now."""
        with self._engine.connect() as connection:
            is_new = _SEEN_CONNECTION not in connection.info
            connection.info[_SEEN_CONNECTION] = True
        has_connected, self._has_connected = self._has_connected, True
        return is_new and has_connected

    def _start_again(self) -> None:
        """Ship every segment from its start, since the database may be empty or a backup."""
        for path, progress in self._progress.items():
            progress.shipped_bytes = 0
            progress.rows = 0 if self._owns(path) else count_rows(path)

    def _ship_segment(self, path: Path, deadline: float) -> bool:
        """Ship at least one batch of a segment; return whether all of it is shipped."""
        progress = self._progress[path]
        file = open_if_exists(path)
        if file is None:
            return True  # the next call finds out
        with file:
            # Checked before reading: once the lock is free nothing more will be written.
            progress.is_complete = is_abandoned(file.fileno())
            if self._parquet_root:
                if not progress.is_complete:
                    return True
                self._ship_whole(path, file, progress)
                finished = True
            else:
                finished = self._ship_batches(path, file, progress, deadline)
        if self._owns(path):
            self.status.shipped = SpoolPosition(path.name, progress.shipped_bytes)
        if finished and progress.is_complete:
            self._remove(path, progress)
        return finished and (not self._parquet_root or time.monotonic() <= deadline)

    def _ship_whole(self, path: Path, file: BufferedReader, progress: _SegmentProgress) -> None:
        """Write a segment's Parquet files; an interrupted call is repeated from the start."""
        from homestead.prediction_log.parquet.segment_files import (
            insert_other_lines,
            segment_files,
        )

        faults: list[str] = []
        end_bytes = 0
        with segment_files(self._parquet_root, path.stem) as files:
            while True:
                batch = read_batch(file, end_bytes, _MAX_BATCH_LINES, is_complete=True)
                if batch.end_bytes == end_bytes:
                    break
                rejected = files.add(batch.lines) + insert_other_lines(self._engine, batch.lines)
                faults += batch.damage + [f"{line.id[:64]}: {why}" for line, why in rejected]
                end_bytes = batch.end_bytes
            files.write()
        self._note_faults(path, progress, faults)
        progress.rows, progress.shipped_bytes = 0, end_bytes

    def _ship_batches(
        self, path: Path, file: BufferedReader, progress: _SegmentProgress, deadline: float
    ) -> bool:
        while True:
            start_bytes = progress.shipped_bytes
            batch = read_batch(file, start_bytes, self._batch_lines, progress.is_complete)
            if batch.end_bytes == start_bytes:
                return True
            if self._is_reconnected():
                self._start_again()
                continue
            faults = batch.damage + [
                f"{line.id[:64]}: {reason}"
                for line, reason in insert_lines(self._engine, batch.lines)
            ]
            self._note_faults(path, progress, faults)
            progress.rows -= sum(line.row_count for line in batch.lines)
            progress.shipped_bytes = batch.end_bytes
            self._batch_lines = min(2 * self._batch_lines, _MAX_BATCH_LINES)
            if time.monotonic() > deadline:
                return False

    def _note_faults(self, path: Path, progress: _SegmentProgress, faults: list[str]) -> None:
        for fault in faults[: max(0, _MAX_LOGGED_FAULTS - len(progress.faults))]:
            _LOG.error("prediction log: left out of %s: %s", path.name, fault[:300])
        progress.faults += faults
        self.status.left_out_lines += len(faults)

    def _remove(self, path: Path, progress: _SegmentProgress) -> None:
        if progress.faults:
            kept_path = self._folder / SET_ASIDE_FOLDER / path.name
            kept_path.parent.mkdir(exist_ok=True)
            path.rename(kept_path)
            _LOG.error(
                "prediction log: %s lines left out, segment kept as %s",
                len(progress.faults),
                kept_path,
            )
        else:
            path.unlink(missing_ok=True)
        self._progress.pop(path)

    def _count_what_is_left(self) -> None:
        others = [path for path in self._progress if not self._owns(path)]
        self.status.abandoned_rows = sum(self._progress[path].rows for path in others)
        self.status.abandoned_since_s = opened_s(others[0]) if others else None
        kept = (self._folder / SET_ASIDE_FOLDER).glob("*.jsonl")
        self.status.set_aside_segments = sum(1 for _ in kept)

    def _owns(self, path: Path) -> bool:
        return owner_of(path) == self._owner

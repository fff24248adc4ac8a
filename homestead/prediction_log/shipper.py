"""Shipping of the prediction log from the local spool to SQL.

Rows are inserted by key, so shipping twice does no harm, and a segment whose writer has died is
simply shipped from its start. Segments are shipped in the order in which they were opened.
"""

import logging
import math
import os
import time
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

import sqlalchemy as sa

from homestead.prediction_log.entries import LogLine, PredictionEntry
from homestead.prediction_log.insert_rows import insert_lines
from homestead.prediction_log.segments import count_rows, is_abandoned, is_owned_by, read_lines
from homestead.prediction_log.tables import create_tables, tables_exist

_LOG = logging.getLogger(__name__)
_MAX_BATCH_LINES = 500


@dataclass
class _SegmentProgress:
    """How many bytes of a segment are shipped and counted, and the counted rows to be shipped."""

    shipped_bytes: int = 0
    counted_bytes: int = 0
    unshipped_rows: int = 0


class Shipper:
    """Ships the segments of a spool; what cannot be shipped stays in the spool.

    Attributes:
        error: why the last call of :meth:`ship` stopped; empty if it succeeded.
    """

    def __init__(self, folder: Path, engine: sa.Engine, owner: int | None = None) -> None:
        """Create a shipper.

        Args:
            folder: the spool's folder.
            engine: the database of the prediction log.
            owner: id of the process whose open segments are shipped too, by default this one. Of
                other processes only abandoned segments are shipped.
        """
        self._folder = folder
        self._engine = engine
        self._owner = os.getpid() if owner is None else owner
        self._progress: dict[Path, _SegmentProgress] = {}
        self._has_tables = False
        # Halved after each failure, so that a database too slow for a full batch makes progress.
        self._batch_lines = _MAX_BATCH_LINES
        self.error = ""

    @property
    def lag_rows(self) -> int:
        """Rows that the last call of :meth:`ship` saw, abandoned ones included, and left behind."""
        return sum(progress.unshipped_rows for progress in self._progress.values())

    def ship(self, max_seconds: float = math.inf) -> None:
        """Ship all lines of the spool, or as many as about ``max_seconds`` allow."""
        deadline = time.monotonic() + max_seconds
        paths = [path for path in sorted(self._folder.glob("*.jsonl")) if self._count(path)]
        for removed in self._progress.keys() - set(paths):
            del self._progress[removed]
        try:
            # A database that was unreachable may have come back empty.
            if not self._has_tables or (self.error and not tables_exist(self._engine)):
                create_tables(self._engine)
                self._has_tables = True
            for path in paths:
                if not self._ship_segment(path, deadline):
                    break
            self.error = ""
        except Exception as error:
            # The database is unreachable or busy: the spool keeps all lines for the next call.
            self._batch_lines = max(self._batch_lines // 2, 1)
            reason = (str(error) or type(error).__name__).splitlines()[0]
            if not self.error:
                _LOG.warning("prediction log: shipping failed, will retry: %s", reason)
            self.error = reason

    def _count(self, path: Path) -> bool:
        """Count new rows of a segment; return False if it belongs to another living process."""
        file = _open_if_exists(path)
        if file is None:
            return False
        with file:
            if not is_owned_by(path, self._owner) and not is_abandoned(file.fileno()):
                return False
            progress = self._progress.setdefault(path, _SegmentProgress())
            rows, progress.counted_bytes = count_rows(file, progress.counted_bytes)
            progress.unshipped_rows += rows
        return True

    def _ship_segment(self, path: Path, deadline: float) -> bool:
        """Ship at least one batch of a segment; return whether all of it is shipped."""
        file = _open_if_exists(path)
        if file is None:
            return True  # another process shipped it
        with file:
            # Checked before reading: once the lock is free nothing more will be written.
            complete = is_abandoned(file.fileno())
            if not self._ship_batches(file, self._progress[path], deadline):
                return False
            if complete:
                path.unlink(missing_ok=True)
                self._progress.pop(path)
        return True

    def _ship_batches(
        self, file: BufferedReader, progress: _SegmentProgress, deadline: float
    ) -> bool:
        while True:
            lines, offset_bytes = read_lines(file, progress.shipped_bytes, self._batch_lines)
            if offset_bytes == progress.shipped_bytes:
                return True
            insert_lines(self._engine, lines)
            progress.shipped_bytes = offset_bytes
            self._batch_lines = min(2 * self._batch_lines, _MAX_BATCH_LINES)
            if offset_bytes >= progress.counted_bytes:
                progress.counted_bytes, progress.unshipped_rows = offset_bytes, 0
            else:
                progress.unshipped_rows -= _predicted_rows(lines)
            if time.monotonic() > deadline:
                return False


def _predicted_rows(lines: list[LogLine]) -> int:
    return sum(len(line.predictions) for line in lines if isinstance(line, PredictionEntry))


def _open_if_exists(path: Path) -> BufferedReader | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None

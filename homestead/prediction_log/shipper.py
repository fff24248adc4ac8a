"""The prediction log's way from the local spool to SQL.

Shipping is by key and may be done twice, so a segment whose owner died is simply shipped from its
start; segments go in the order in which they were begun.
"""

import logging
import math
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from homestead.prediction_log.spool import (
    PredictionEntry,
    count_rows,
    is_abandoned,
    is_owned_by,
    read_lines,
)
from homestead.prediction_log.table import create_tables, insert_lines, tables_exist

_LOG = logging.getLogger(__name__)
_BATCH_LINES = 500


@dataclass
class _Segment:
    """How far a segment was shipped and counted (bytes), and the counted rows not yet shipped."""

    shipped: int = 0
    counted: int = 0
    waiting: int = 0


class Shipper:
    """Ships a folder's segments; what it can't ship stays.

    Attributes:
        error: why the last turn shipped nothing; empty if it did.
    """

    def __init__(self, folder: Path, engine: sa.Engine, owner: int | None = None) -> None:
        """Take a spool's folder and the process that writes to it (this one by default).

        Other processes' segments are taken only where they are left over.
        """
        self._folder = folder
        self._engine = engine
        self._owner = os.getpid() if owner is None else owner
        self._segments: dict[Path, _Segment] = {}
        self._ready = False
        # Halved where a batch fails: a database that is too slow for one gets on all the same.
        self._most = _BATCH_LINES
        self.error = ""

    @property
    def lag(self) -> int:
        """Rows that the last turn found, left over ones too, and did not bring to the database."""
        return sum(segment.waiting for segment in self._segments.values())

    def turn(self, seconds: float = math.inf) -> None:
        """Ship what is there now, or as much of it as goes in about so many seconds."""
        until = time.monotonic() + seconds
        paths = [path for path in sorted(self._folder.glob("*.jsonl")) if self._notice(path)]
        for gone in self._segments.keys() - set(paths):
            del self._segments[gone]
        try:
            # A database that was away may have come back empty.
            if not self._ready or (self.error and not tables_exist(self._engine)):
                create_tables(self._engine)
                self._ready = True
            for path in paths:
                if not self._ship(path, until):
                    break
            self.error = ""
        except Exception as error:
            # The database is away or busy: the spool keeps everything, the next turn tries again.
            self._most = max(self._most // 2, 1)
            said = (str(error) or type(error).__name__).splitlines()[0]
            if not self.error:
                _LOG.warning("prediction log: not shipped, will try again: %s", said)
            self.error = said

    def _notice(self, path: Path) -> bool:
        """Count a segment's new rows; False for another living process's."""
        file = _opened(path)
        if file is None:
            return False
        with file:
            if not is_owned_by(path, self._owner) and not is_abandoned(file.fileno()):
                return False
            segment = self._segments.setdefault(path, _Segment())
            rows, segment.counted = count_rows(file, segment.counted)
            segment.waiting += rows
        return True

    def _ship(self, path: Path, until: float) -> bool:
        """Whether all of a segment is shipped; at least one batch is."""
        file, segment = _opened(path), self._segments[path]
        if file is None:
            return True  # another process shipped it
        with file:
            # Whoever can have the lock knows that nothing more will be written.
            left = is_abandoned(file.fileno())
            while True:
                lines, place = read_lines(file, segment.shipped, self._most)
                if place == segment.shipped:
                    break
                insert_lines(self._engine, lines)
                segment.shipped = place
                self._most = min(2 * self._most, _BATCH_LINES)
                if place >= segment.counted:
                    segment.counted, segment.waiting = place, 0
                else:
                    rows = sum(len(x.predictions) for x in lines if isinstance(x, PredictionEntry))
                    segment.waiting -= rows
                if time.monotonic() > until:
                    return False
            if left:
                path.unlink(missing_ok=True)
                self._segments.pop(path)
        return True


def _opened(path: Path) -> Any:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None

"""Readings in the background: a page shows what was read last, and never waits for long.

A reading that is too old is shown while it is read anew. What takes long is read less often, so
that it takes at most a twentieth of a core.
"""

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import sqlalchemy as sa

from homestead.database.failures import database_failure
from homestead.errors import UserError

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
_MAX_AT_ONCE = 6
_MAX_SHARE_OF_A_CORE = 0.05
_MAX_ERROR_LENGTH = 600


@dataclass(frozen=True)
class Reading(Generic[T]):
    """What was read last.

    Attributes:
        value: None while the first reading is under way, after an error, and where nothing is.
        error: why it could not be read; empty if it could.
        read_at: seconds since 1970; None while the first reading is under way.
        took_s: seconds of reading.
    """

    value: T | None = None
    error: str = ""
    read_at: float | None = None
    took_s: float = 0.0


class Readings:
    """Latest readings by key.

    Args:
        max_age_s: after which what was read is read anew when somebody asks for it.
    """

    def __init__(self, max_age_s: float = 4.0) -> None:
        self._max_age_s = max_age_s
        self._latest: dict[Hashable, Reading[object]] = {}
        self._under_way: dict[Hashable, threading.Event] = {}
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(_MAX_AT_ONCE)

    def get(
        self, wanted: Mapping[K, Callable[[], object]], wait_s: float
    ) -> dict[K, Reading[object]]:
        """Return the latest readings by key; begin those that are missing or too old.

        Args:
            wanted: functions that read.
            wait_s: how long to wait for readings of which there is none yet.
        """
        deadline = time.monotonic() + wait_s
        awaited = [event for key, read in wanted.items() if (event := self._begin(key, read))]
        for event in awaited:
            event.wait(max(0.0, deadline - time.monotonic()))
        with self._lock:
            return {key: self._latest.get(key, Reading()) for key in wanted}

    def _begin(self, key: Hashable, read: Callable[[], object]) -> threading.Event | None:
        """Begin a reading if it is due; return what tells of its end if there is none yet."""
        with self._lock:
            latest, event = self._latest.get(key), self._under_way.get(key)
            if event is None and (latest is None or self._is_old(latest)):
                event = self._under_way[key] = threading.Event()
                # Not a pool, whose threads would hold up the end of the process.
                threading.Thread(target=self._read, args=(key, read, event), daemon=True).start()
            return event if latest is None else None

    def _is_old(self, reading: Reading[object]) -> bool:
        age_s = time.time() - (reading.read_at or 0.0)
        return age_s > max(self._max_age_s, reading.took_s / _MAX_SHARE_OF_A_CORE) or age_s < 0

    def _read(self, key: Hashable, read: Callable[[], object], event: threading.Event) -> None:
        with self._slots:
            began, value, error = time.monotonic(), None, ""
            try:
                value = read()
            except Exception as reason:
                # Each source has its own errors; the page shows them where the content would be.
                error = explain(reason)
        reading = Reading(value, error, time.time(), time.monotonic() - began)
        with self._lock:
            self._latest[key] = reading
            del self._under_way[key]
        event.set()


def explain(error: Exception) -> str:
    """Return why something could not be read, in a few words and without secrets."""
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, sa.exc.DBAPIError):
        reason = str(error.orig).strip().partition("\n")[0]
        if _is_missing(reason):
            return (
                f"{reason}; the database is of another version of Homestead: run 'homestead"
                " migrate' with the account that owns it"
            )
        return database_failure(error) or reason
    text = f"{type(error).__name__}: {error}".strip()
    return text if len(text) <= _MAX_ERROR_LENGTH else f"{text[:_MAX_ERROR_LENGTH]} …"


def _is_missing(reason: str) -> bool:
    """Return whether a database says that a table or column does not exist."""
    return reason.startswith(("no such table", "no such column")) or (
        reason.startswith(("relation ", "column ")) and reason.endswith("does not exist")
    )

"""The prediction log's local half: lines in files that a killed process can't lose.

A line is in the spool before its answer leaves. A segment whose owner died is left over: its lock
can be had, and any process may ship it.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

_SEGMENT_BYTES = 16 * 1024 * 1024
BATCH_LINES = 500


class Entry(msgspec.Struct):
    """What one answered request leaves; lists are by row.

    Attributes:
        at: seconds since 1970.
        names: the model's inputs; ``features`` holds their values, null for missing.
        predictions: the value, or the label's probability.
    """

    id: str
    problem: str
    version: str
    digest: str
    at: float
    names: tuple[str, ...]
    features: list[list[float | None]]
    predictions: list[float]
    request_id: str | None = None
    entities: list[str | None] = []
    labels: list[str] | None = None


class Spool:
    """Segments of lines in a folder; the one that is written to is locked by its process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path: Path | None = None
        self.made: set[Path] = set()
        self.appended = 0
        self._torn = False
        self._encode = msgspec.json.Encoder().encode
        self._file = self._open()

    def _open(self) -> int:
        name = f"{time.time_ns():020d}-{os.getpid()}"
        path, new = self.folder / f"{name}.jsonl", self.folder / f"{name}.new"
        file = os.open(new, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_EXCL, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        self.path, self._size = path, 0
        self.made.add(path)
        # Locked before it has the name of a segment: another process's shipper would take an
        # unlocked one for left over, and remove it.
        new.rename(path)
        return file

    def append(self, entry: Entry) -> None:
        """Write an entry as one line.

        Raises:
            OSError: it could not be written whole; the answer must not leave.
        """
        line = self._encode(entry) + b"\n"
        if self._torn:
            # The reader skips the torn line; this entry begins on one of its own.
            line = b"\n" + line
        written = os.write(self._file, line)
        self._torn = written != len(line)
        self._size += written
        if self._torn:
            raise OSError(f"prediction log: {written} of {len(line)} bytes written")
        self.appended += len(entry.features)
        if self._size > _SEGMENT_BYTES:
            old = self._file
            self._file = self._open()
            os.close(old)

    def close(self) -> None:
        """Let go of the segment: it counts as left over from now on."""
        self.path = None
        os.close(self._file)


def is_left(descriptor: int) -> bool:
    """Whether a segment's writer is gone, so that its lock can be had."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_entries(file: Any, place: int) -> Iterator[tuple[list[Entry], int]]:
    """Batches of whole lines from ``place`` on, each with the place behind it."""
    decode = msgspec.json.Decoder(Entry).decode
    file.seek(place)
    entries: list[Entry] = []
    for line in file:
        if not line.endswith(b"\n"):
            break
        place += len(line)
        try:
            entries.append(decode(line))
        except msgspec.DecodeError:
            # Torn by a kill or a full disk while it was written: its answer never left.
            continue
        if len(entries) >= BATCH_LINES:
            yield entries, place
            entries = []
    yield entries, place

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


class Entry(msgspec.Struct, tag_field="kind", tag="prediction"):
    """What one answered request leaves; lists are by row.

    Attributes:
        at: seconds since 1970.
        names: the model's inputs; ``features`` holds their values, null for missing; a text is
            the hash of a sensitive value, and what must not be kept is not there.
        predictions: the value, or the label's probability.
        shadow_of: the id of the answered prediction that this one is compared with; its own
            answer reached nobody.
    """

    id: str
    problem: str
    version: str
    digest: str
    at: float
    names: tuple[str, ...]
    features: list[list[float | str | None]]
    predictions: list[float]
    request_id: str | None = None
    entities: list[str | None] = []
    labels: list[str] | None = None
    shadow_of: str | None = None


class Feedback(msgspec.Struct, tag_field="kind", tag="feedback"):
    """What a client said of a prediction later.

    Attributes:
        prediction_id: the server's id of the prediction, or the client's own of its request.
        truth: by row, the target's value or its class.
        reward: the client's own measure.
    """

    id: str
    problem: str
    at: float
    prediction_id: str
    truth: list[float | str]
    reward: float | None = None


Line = Entry | Feedback


class Spool:
    """Segments of lines in a folder; the one that is written to is locked by its process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path: Path | None = None
        self._torn = False
        self._encode = msgspec.json.Encoder().encode
        self._file = self._open()

    def _open(self) -> int:
        name = f"{time.time_ns():020d}-{os.getpid()}"
        path, new = self.folder / f"{name}.jsonl", self.folder / f"{name}.new"
        file = os.open(new, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_EXCL, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        self._size = 0
        # Locked before it has the name of a segment: another process's shipper would take an
        # unlocked one for left over, and remove it.
        new.rename(path)
        self.path = path
        return file

    def append(self, line: Line) -> None:
        """Write a line.

        Raises:
            OSError: it could not be written whole; the answer must not leave.
        """
        content = self._encode(line) + b"\n"
        if self._torn:
            # The reader skips the torn line; this one begins anew.
            content = b"\n" + content
        written = os.write(self._file, content)
        self._torn = written != len(content)
        self._size += written
        if self._torn:
            raise OSError(f"prediction log: {written} of {len(content)} bytes written")
        if self._size > _SEGMENT_BYTES:
            self._turn()

    def _turn(self) -> None:
        old = self._file
        try:
            self._file = self._open()
        except OSError:
            # This line is in; where there is no room for another file the old one goes on.
            return
        os.close(old)

    def close(self) -> None:
        """Let go of the segment: it counts as left over from now on."""
        self.path = None
        os.close(self._file)


def is_owned(path: Path, process: int) -> bool:
    """Whether a segment was begun by this process."""
    return path.stem.endswith(f"-{process}")


def is_left(descriptor: int) -> bool:
    """Whether a segment's writer is gone, or done with it, so that its lock can be had."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_lines(file: Any, place: int, limit: int = BATCH_LINES) -> Iterator[tuple[list[Line], int]]:
    """Batches of whole lines from ``place`` on, each with the place behind it."""
    decode = msgspec.json.Decoder(Line).decode
    file.seek(place)
    lines: list[Line] = []
    for line in file:
        if not line.endswith(b"\n"):
            break
        place += len(line)
        try:
            lines.append(decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Torn by a kill or a full disk while it was written: its answer never left.
            continue
        if len(lines) >= limit:
            yield lines, place
            lines = []
    yield lines, place


class _Count(msgspec.Struct):
    predictions: list[msgspec.Raw] = []


def count_rows(file: Any, place: int) -> tuple[int, int]:
    """Predicted rows in the whole lines from ``place`` on, and the place behind them."""
    decode = msgspec.json.Decoder(_Count).decode
    file.seek(place)
    rows = 0
    for line in file:
        if not line.endswith(b"\n"):
            break
        place += len(line)
        try:
            rows += len(decode(line).predictions)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
    return rows, place

"""The prediction log's local half: lines in files that a killed process can't lose.

A line is in the spool before its answer leaves. A segment whose owner died is left over: its lock
can be had, and any process may ship it.

A segment's room is taken when it is begun, so that a full disk shows before a line is needed; a
line is one write, and in the kernel's hands at once. Behind the last line a segment holds zeros.
"""

import contextlib
import errno
import fcntl
import logging
import os
import time
from collections.abc import Iterator
from io import BufferedReader
from itertools import islice
from pathlib import Path

import msgspec

_SEGMENT_BYTES = 4 * 1024 * 1024
_LOG = logging.getLogger(__name__)


class PredictionEntry(msgspec.Struct, tag_field="kind", tag="prediction"):
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


class FeedbackEntry(msgspec.Struct, tag_field="kind", tag="feedback"):
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


LogLine = PredictionEntry | FeedbackEntry


class Spool:
    """Segments of lines in a folder; the one that is written to is locked by its process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path: Path | None = None
        self._encode = msgspec.json.Encoder().encode
        try:
            self._begin(_SEGMENT_BYTES)
        except OSError as error:
            # Each line tries again; what becomes of a request until then is the settings' matter.
            _LOG.error("prediction log: no segment can be begun: %s", error)

    def _begin(self, size: int) -> None:
        name = f"{time.time_ns():020d}-{os.getpid()}"
        path, new = self.folder / f"{name}.jsonl", self.folder / f"{name}.new"
        file = os.open(new, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file, 0, size)
            else:  # macOS has none
                os.write(file, bytes(size))
            fcntl.flock(file, fcntl.LOCK_EX)
            # Locked before it has the name of a segment: another process's shipper would take an
            # unlocked one for left over, and remove it.
            new.rename(path)
        except OSError:
            new.unlink(missing_ok=True)
            os.close(file)
            raise
        self._file, self._room, self._size, self.path = file, size, 0, path

    def append(self, line: LogLine) -> None:
        """Write a line.

        Raises:
            OSError: there is no room for it; the answer must not leave.
        """
        content = self._encode(line) + b"\n"
        if self.path is None or self._size + len(content) > self._room:
            if self.path is not None:
                self.close()
            self._begin(max(_SEGMENT_BYTES, len(content)))
        # Not a mapping of the file, which costs half as much: where a file system does not keep
        # the room that it promised, a full disk is an error here, and the end of the process there.
        if os.pwrite(self._file, content, self._size) < len(content):
            # The next line takes the same place.
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
        self._size += len(content)

    def close(self) -> None:
        """Let go of the segment: it counts as left over from now on."""
        if self.path is None:
            return
        self.path = None
        os.ftruncate(self._file, self._size)
        os.close(self._file)


def is_owned_by(path: Path, process: int) -> bool:
    """Whether a segment was begun by this process."""
    return path.stem.endswith(f"-{process}")


def is_abandoned(descriptor: int) -> bool:
    """Whether a segment's writer is gone, or done with it, so that its lock can be had."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _whole(file: BufferedReader, place: int) -> Iterator[bytes]:
    """The whole lines from ``place`` on."""
    file.seek(place)
    # Zeros: not written yet, or not wholly so; JSON text has none.
    while file.peek(1)[:1] not in (b"", b"\0"):
        line = file.readline()
        if not line.endswith(b"\n") or b"\0" in line:
            return
        yield line


def read_lines(file: BufferedReader, place: int, most: int) -> tuple[list[LogLine], int]:
    """At most so many whole lines from ``place`` on, and the place behind them."""
    decode = msgspec.json.Decoder(LogLine).decode
    lines: list[LogLine] = []
    for line in islice(_whole(file, place), most):
        place += len(line)
        try:
            lines.append(decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            _LOG.error("prediction log: a line of another release is left out: %s", error)
    return lines, place


class _Count(msgspec.Struct):
    predictions: list[msgspec.Raw] = []


def count_rows(file: BufferedReader, place: int) -> tuple[int, int]:
    """Predicted rows in the whole lines from ``place`` on, and the place behind them."""
    decode = msgspec.json.Decoder(_Count).decode
    rows = 0
    for line in _whole(file, place):
        place += len(line)
        # What is no line is said, and left out, when it would be shipped.
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            rows += len(decode(line).predictions)
    return rows, place

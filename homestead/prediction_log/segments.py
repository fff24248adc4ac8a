"""Reading segments of the spool: who owns one, its complete lines, its number of rows."""

import contextlib
import fcntl
import logging
from collections.abc import Iterator
from io import BufferedReader
from itertools import islice
from pathlib import Path

import msgspec

from homestead.prediction_log.entries import LogLine

_LOG = logging.getLogger(__name__)


def is_owned_by(path: Path, process_id: int) -> bool:
    """Return whether this process opened the segment for writing."""
    return path.stem.endswith(f"-{process_id}")


def is_abandoned(descriptor: int) -> bool:
    """Return whether the segment's writer has died or closed it, which leaves its lock free."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_lines(
    file: BufferedReader, offset_bytes: int, max_lines: int
) -> tuple[list[LogLine], int]:
    """Read complete lines of a segment.

    Returns:
        At most ``max_lines`` lines from ``offset_bytes`` on, and the offset behind them. A line
        that cannot be decoded is logged and skipped.
    """
    decode = msgspec.json.Decoder(LogLine).decode
    lines: list[LogLine] = []
    for line in islice(_complete_lines(file, offset_bytes), max_lines):
        offset_bytes += len(line)
        try:
            lines.append(decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            _LOG.error("prediction log: skipped a line of another release: %s", error)
    return lines, offset_bytes


def count_rows(file: BufferedReader, offset_bytes: int) -> tuple[int, int]:
    """Return the predicted rows in the complete lines from an offset on, and the offset behind."""
    decode = msgspec.json.Decoder(_PredictionCount).decode
    rows = 0
    for line in _complete_lines(file, offset_bytes):
        offset_bytes += len(line)
        # A line that cannot be decoded is logged when it is shipped.
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            rows += len(decode(line).predictions)
    return rows, offset_bytes


class _PredictionCount(msgspec.Struct):
    """The one field of a line that counting needs."""

    predictions: list[msgspec.Raw] = []


def _complete_lines(file: BufferedReader, offset_bytes: int) -> Iterator[bytes]:
    file.seek(offset_bytes)
    # Zeros are space that is not written yet, or only in part; JSON text contains none.
    while file.peek(1)[:1] not in (b"", b"\0"):
        line = file.readline()
        if not line.endswith(b"\n") or b"\0" in line:
            return
        yield line

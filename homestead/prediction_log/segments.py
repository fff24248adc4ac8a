"""Reading segments of the spool: who owns one, its lines, and damage."""

import fcntl
import sys
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

import msgspec

from homestead.prediction_log.entries import LogLine


def owner_of(path: Path) -> str:
    """Return the owner of the segment, a spool, as its name says."""
    return path.stem.rpartition("-")[2]


def is_abandoned(descriptor: int) -> bool:
    """Return whether the segment's writer has died or closed it, which leaves its lock free."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Batch(NamedTuple):
    """Some lines of a segment.

    Attributes:
        lines: those that can be decoded.
        damage: what is wrong with the others, one text for each.
        end_bytes: the offset behind the batch.
    """

    lines: list[LogLine]
    damage: list[str]
    end_bytes: int


def read_batch(file: BufferedReader, offset_bytes: int, max_lines: int, is_complete: bool) -> Batch:
    """Read at most ``max_lines`` lines of a segment from an offset on.

    Args:
        is_complete: whether nothing will be written any more. Zeros are then damage, and lines
            behind them are read too; otherwise they are space that is not written yet.
    """
    decode = msgspec.json.Decoder(LogLine).decode
    batch = Batch([], [], offset_bytes)
    for content in _read_lines(file, offset_bytes, is_complete):
        if len(batch.lines) + len(batch.damage) >= max_lines:
            break
        end_bytes = batch.end_bytes + len(content)
        *zeros, line = content.rsplit(b"\0", 1)
        # A writer that was killed leaves an incomplete last line, whose answer was not sent.
        if content.endswith(b"\n") or (zeros and line):
            place = f"bytes {batch.end_bytes} to {end_bytes}"
            if zeros:
                batch.damage.append(f"{place}: zeros")
            try:
                batch.lines.append(decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                if not zeros:
                    batch.damage.append(f"{place}: {error}")
        batch = batch._replace(end_bytes=end_bytes)
    return batch


def _read_lines(file: BufferedReader, offset_bytes: int, is_complete: bool) -> Iterator[bytes]:
    file.seek(offset_bytes)
    if is_complete:
        # Not `yield from`, which closes the file with a generator that is not read to its end.
        for line in file:
            yield line
        return
    # JSON text contains no zeros.
    while file.peek(1)[:1] not in (b"", b"\0"):
        line = file.readline()
        if not line.endswith(b"\n") or b"\0" in line:
            return
        yield line


def opened_s(path: Path) -> float | None:
    """Return when a segment was opened, in seconds since 1970, as its name says."""
    nanoseconds = path.name.partition("-")[0]
    return int(nanoseconds) / 1e9 if nanoseconds.isdecimal() else None


def is_segment_abandoned(path: Path) -> bool | None:
    """Return whether a segment is abandoned, None if it does not exist any more."""
    file = open_if_exists(path)
    if file is None:
        return None
    with file:
        return is_abandoned(file.fileno())


def count_rows(path: Path) -> int:
    """Return the predicted rows of a segment, 0 if it does not exist any more."""
    file = open_if_exists(path)
    if file is None:
        return 0
    with file:
        lines = read_batch(file, 0, sys.maxsize, is_complete=True).lines
    return sum(line.row_count for line in lines)


def open_if_exists(path: Path) -> BufferedReader | None:
    """Open a segment; return None if it does not exist any more."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None

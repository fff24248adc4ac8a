"""Marks of a CSV that decide how it can be read: lines, quotes and carriage returns."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from homestead.files import CHUNK_BYTES


@dataclass(frozen=True)
class Marks:
    """Numbers of marks in a text: of lines, quotes, and carriage returns that end no line."""

    lines: int
    quotes: int
    returns: int


def count_marks(open_body: Callable[[], BinaryIO], quote: str | None) -> Marks:
    """Return the numbers of a text's marks, read in pieces."""
    lines = quotes = returns = 0
    last = b"\n"
    with open_body() as body:
        while chunk := body.read(CHUNK_BYTES):
            lines += chunk.count(b"\n")
            quotes += chunk.count(quote.encode()) if quote else 0
            if b"\r" in chunk or last == b"\r":
                returns += chunk.count(b"\r") - (last + chunk).count(b"\r\n")
            last = chunk[-1:]
    return Marks(lines + (last != b"\n"), quotes, returns)


class AfterLines(io.RawIOBase):
    """A file that begins with empty lines."""

    def __init__(self, lines: int, file: BinaryIO) -> None:
        self._files = [io.BytesIO(b"\n" * lines), file]

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the empty lines, then the file."""
        while self._files:
            if size := self._files[0].readinto(buffer):  # type: ignore[attr-defined]
                return int(size)
            del self._files[0]
        return 0

"""Bodies of prediction requests: what is given, in parts that a server takes."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import msgspec

from homestead.client.errors import InvalidRequestError
from homestead.client.frame_values import json_values

if TYPE_CHECKING:
    import pandas as pd

# The server's limit is 4 MiB.
_MAX_BODY_BYTES = 3 * 1024 * 1024
# Of pandas, which does not have to be imported.
_MISSING_TYPES = ("NAType", "NaTType")

Row = Mapping[str, Any]
Columns = dict[str, list[Any]]


class Batch(NamedTuple):
    """A part of the rows, as one request.

    Attributes:
        start: position of its first row.
        size: number of its rows.
        fields: names of fields, for errors.
    """

    start: int
    size: int
    body: bytes
    fields: frozenset[str]


def batches_of_rows(rows: Sequence[Row], size: int) -> Iterator[Batch]:
    """Yield requests of up to ``size`` rows.

    Raises:
        InvalidRequestError: a row is no mapping, or too large by itself.
    """
    for i, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise InvalidRequestError(
                f"row {i}: found {type(row).__name__}, allowed is a mapping of fields", row=i
            )
    for start in range(0, len(rows), size):
        part = [dict(row) for row in rows[start : start + size]]
        fields = frozenset(name for row in part for name in row)
        yield from _halved(start, len(part), fields, lambda low, high, part=part: part[low:high])


def batches_of_columns(columns: Columns, rows: int, size: int) -> Iterator[Batch]:
    """Yield requests of up to ``size`` rows of a table by columns.

    Raises:
        InvalidRequestError: a row is too large by itself.
    """
    for start in range(0, rows, size):

        def part(low: int, high: int, start: int = start) -> Columns:
            return {name: values[start + low : start + high] for name, values in columns.items()}

        yield from _halved(start, min(size, rows - start), frozenset(columns), part)


def batch_of_row(row: Row) -> Batch:
    """Return the request of a single row."""
    return Batch(0, 1, _encode(dict(row)), frozenset(row))


def _halved(start: int, size: int, fields: frozenset[str], part: Any) -> Iterator[Batch]:
    """Yield one request, or several where it would be too large."""
    pending = [(0, size)]
    while pending:
        low, high = pending.pop()
        body = _encode(part(low, high))
        if len(body) <= _MAX_BODY_BYTES:
            yield Batch(start + low, high - low, body, fields)
        elif high - low == 1:
            raise InvalidRequestError(
                f"row {start + low}: found {len(body)} bytes, allowed are {_MAX_BODY_BYTES}",
                row=start + low,
            )
        else:
            middle = (low + high) // 2
            pending += [(middle, high), (low, middle)]


def frame_columns(frame: "pd.DataFrame") -> Columns:
    """Return a frame's columns as JSON values: missing ones are null, times in ISO 8601.

    Raises:
        InvalidRequestError: two columns have one name.
    """
    columns: Columns = {}
    for position, name in enumerate(frame.columns):
        if str(name) in columns:
            raise InvalidRequestError(f"{name}: the frame has two columns of this name")
        columns[str(name)] = json_values(frame.iloc[:, position])
    return columns


def _plain(value: Any) -> Any:
    """Return what stands in JSON for a value that it does not have, such as numpy's scalars."""
    if type(value).__name__ in _MISSING_TYPES:
        return None
    for method in ("isoformat", "item"):
        if hasattr(value, method):
            return getattr(value, method)()
    raise InvalidRequestError(
        f"found a value of the type {type(value).__name__}, allowed are text, numbers, booleans,"
        " times and missing values"
    )


_encode = msgspec.json.Encoder(enc_hook=_plain).encode


def new_key() -> str:
    """Return a UUID of version 7, which is sorted by time (RFC 9562)."""
    milliseconds = time.time_ns() // 1_000_000
    number = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    number = number & ~(0xF << 76) | (7 << 76)
    number = number & ~(0x3 << 62) | (2 << 62)
    return str(UUID(int=number))

"""Batches on their way to executors, and what the rules find in them on the way back.

Values travel as Arrow's bytes, those of JSON lines as JSON: each comes back as it was, and
the rules on an executor see what they would see here.
"""

import io
import json
from collections.abc import Collection
from typing import Final

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

from homestead.data.bad_values import BadValue
from homestead.data.checking.batches import Batch
from homestead.data.checking.check_batch import (
    BatchCheck,
    CheckedBatch,
    ColumnCount,
    RankedValue,
)

_START: Final = b"start"
# Of JSON: other values of a frame have no text that gives them back.
_JSON_TYPES: Final = {str, int, float, bool, type(None)}


class JsonRows(msgspec.Struct):
    """Rows of JSON lines.

    Attributes:
        start: position of the first row in the source.
        rows: their number.
        columns: values as JSON, which Python's own module writes and reads: it keeps NaN, large
            integers and halves of characters apart.
    """

    start: int
    rows: int
    columns: str


class FoundInBatch(msgspec.Struct):
    """What the rules find in a batch.

    Attributes:
        good: table of the good rows, as Arrow's bytes.
        bad: rank, and the position of the row in the source, column, value as in the file and rule.
        without_target: number of rows dropped for want of a target.
        columns: of each column the values that are there, and those that cannot be read.
    """

    good: bytes
    bad: list[tuple[int, tuple[int, str, str, str]]]
    without_target: int
    columns: dict[str, tuple[int, int]]


def encode_batch(batch: Batch, columns: Collection[str]) -> bytes | None:
    """Return a batch's columns of interest as bytes; None if they cannot be told by bytes."""
    table = batch.table
    if isinstance(table, pd.DataFrame):
        return _encode_frame(batch, [name for name in table.columns if name in columns])
    places = [place for place, name in enumerate(table.column_names) if name in columns]
    if not places:
        return None  # a table without columns would lose its number of rows
    # Metadata of the file has no bearing on values.
    table = table.select(places).replace_schema_metadata({_START: str(batch.start)})
    return table_bytes(table)


def _encode_frame(batch: Batch, names: list[str]) -> bytes | None:
    values = {name: batch.table[name].tolist() for name in names}
    is_plain = all(batch.table[name].dtype == object for name in names)
    if not is_plain or any({*map(type, column)} - _JSON_TYPES for column in values.values()):
        return None
    return b"J" + msgspec.msgpack.encode(JsonRows(batch.start, len(batch), json.dumps(values)))


def decode_batch(content: bytes) -> Batch:
    """Return the batch of :func:`encode_batch`."""
    if content.startswith(b"J"):
        found = msgspec.msgpack.decode(content[1:], type=JsonRows)
        columns = json.loads(found.columns)
        index = pd.RangeIndex(found.rows)
        frame = {name: pd.Series(v, index, dtype=object) for name, v in columns.items()}
        return Batch(found.start, pd.DataFrame(frame, index=index))
    with pa.ipc.open_stream(pa.py_buffer(content)) as stream:
        table = stream.read_all()
    return Batch(int(table.schema.metadata[_START]), table.replace_schema_metadata(None))


def table_bytes(table: pa.Table) -> bytes:
    """Return a table in Arrow's stream format, compressed."""
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
        stream.write_table(table)
    return sink.getvalue()


def encode_checked(checked: CheckedBatch) -> bytes:
    """Return what was found in a batch as bytes, without the rows as read."""
    return msgspec.msgpack.encode(
        FoundInBatch(
            good=table_bytes(checked.good),
            bad=[
                (int(b.rank), (int(b.value.row), b.value.column, b.value.found, b.value.rule))
                for b in checked.bad
            ],
            without_target=checked.without_target,
            columns={name: (c.present, c.unreadable) for name, c in checked.columns.items()},
        )
    )


def decode_checked(content: bytes, batch: Batch, check: BatchCheck) -> CheckedBatch:
    """Return what was found in a batch, with the rows as read of the batch itself.

    Args:
        check: that found it; of a column without any value that can be read it tells examples.
    """
    found = msgspec.msgpack.decode(content, type=FoundInBatch)
    with pa.ipc.open_stream(pa.py_buffer(found.good)) as stream:
        good = stream.read_all()
    columns = {}
    for name, (present, unreadable) in found.columns.items():
        count = ColumnCount(present, unreadable)
        columns[name] = check.count_values(batch, name) if count.is_wrong else count
    rows = np.unique(np.array([row for _, (row, *_) in found.bad], np.int64)) - batch.start
    return CheckedBatch(
        rows=len(batch),
        good=good,
        bad=[RankedValue(rank, BadValue(*value)) for rank, value in found.bad],
        raw=batch.frame(list(columns), rows),
        without_target=found.without_target,
        columns=columns,
    )

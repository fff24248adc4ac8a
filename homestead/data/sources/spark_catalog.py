"""Tables of a catalog, which this process's Spark session knows by name.

Executors read the table; its values leave Spark as Arrow's bytes, so that NaN stays apart from
null, and times with a zone are instants whatever the zone of an executor.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa

from homestead.engine.spark_session import spark_session
from homestead.engine.spark_tasks import MESSAGE_BYTES
from homestead.errors import UserError

Row = tuple[Any, ...]
_CONTENT: Final = "content binary"


@contextmanager
def open_table(source: str, query: str) -> Iterator[tuple[list[str], Iterator[list[Row]]]]:
    """Read a table; its rows come as they are read, in no order that could be relied on.

    Args:
        source: as messages name it.
        query: a SELECT of the table in Spark's SQL.

    Yields:
        The names of the columns, and the rows, some at a time. Integers, texts, decimals, bytes and
        dates are Python's; a ``timestamp`` is in UTC, a ``timestamp_ntz`` has no zone; arrays,
        maps and structures are texts.

    Raises:
        UserError: Spark cannot be started, there is no such table, or it cannot be read.
    """
    session = spark_session(source=source)
    try:
        frame = session.sql(query)
        sent = frame.mapInArrow(content_of, _CONTENT).toLocalIterator(prefetchPartitions=True)
        yield list(frame.columns), (rows_of(bytes(row.content)) for row in sent)
    except Exception as error:
        # Of Java's errors some reach Python as they are.
        if type(error).__module__.partition(".")[0] not in ("pyspark", "py4j"):
            raise
        raise UserError(f"{source}: Spark cannot read it: {_reason(error)}") from None


def content_of(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield batches as bytes of Arrow's stream format, a row each, on an executor."""
    for batch in batches:
        rows = max(1, MESSAGE_BYTES * batch.num_rows // max(1, batch.nbytes))
        for start in range(0, batch.num_rows, rows):
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, batch.schema) as stream:
                stream.write_batch(batch.slice(start, rows))
            content = pa.array([sink.getvalue().to_pybytes()], pa.binary())
            yield pa.record_batch({"content": content})


def rows_of(content: bytes) -> list[Row]:
    """Return the rows of some bytes as Python's values."""
    with pa.ipc.open_stream(pa.py_buffer(content)) as stream:
        table = stream.read_all()
    columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
    return list(zip(*columns, strict=True))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime) and value.tzinfo is not None:
        # One zone whose text, which is hashed, is the same wherever Python finds its zones.
        return value.astimezone(UTC)
    return str(value) if isinstance(value, dict | list) else value


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if line.startswith("Caused by:")]
    return causes[-1].removeprefix("Caused by:").strip() if causes else lines[0]

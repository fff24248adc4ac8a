"""Tables as byte strings, for other processes."""

import io

import pyarrow as pa


def table_bytes(table: pa.Table) -> bytes:
    """Return a table in Arrow's stream format."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def table_of(content: bytes | memoryview) -> pa.Table:
    """Return the table of :func:`table_bytes`."""
    return pa.ipc.open_stream(pa.py_buffer(content)).read_all()

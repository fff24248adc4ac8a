"""The rows of a source in batches, in their order: Parquet as a stream, other tables at once."""

import dataclasses
import hashlib
import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pyarrow as pa

from homestead.data.exact_frame import exact_frame
from homestead.data.sources.files import SourceFile, file_type, list_files
from homestead.data.tables import read_table
from homestead.errors import UserError
from homestead.problem.sections.source_format import SourceFormat
from homestead.problem.values.source_urls import is_sql, is_web

_HASH_BYTES = 8 * 1024 * 1024
# Marks of columns in a batch: each cell is JSON; a missing one is a field that its row lacks.
_JSON, _ABSENT = b"json", b"absent"


@dataclass(frozen=True)
class RowBatch:
    """Consecutive rows of a source.

    Attributes:
        number: of the batch, from 0.
        first_row: place of the first row in the source, from 1.
        table: the rows; texts of a text file as they stand.
    """

    number: int
    first_row: int
    table: pa.Table


@dataclass
class SourceRows:
    """A source that is read once.

    Attributes:
        data_hash: SHA-256 of its bytes, as of a problem's source.
        total: number of its rows.
        schema: of each batch's table.
    """

    data_hash: str
    total: int
    schema: pa.Schema
    _files: list[SourceFile] = dataclasses.field(default_factory=list)
    _table: pa.Table | None = None

    def batches(self, rows: int) -> Iterator[RowBatch]:
        """Yield batches of so many rows, the last one of fewer."""
        pending: list[pa.Table] = []
        held = number = 0
        for table in self._tables(rows):
            start = 0
            while start < len(table):
                taken = table.slice(start, rows - held)
                pending.append(taken)
                start, held = start + len(taken), held + len(taken)
                if held == rows:
                    yield RowBatch(number, number * rows + 1, pa.concat_tables(pending))
                    pending, held, number = [], 0, number + 1
        if held:
            yield RowBatch(number, number * rows + 1, pa.concat_tables(pending))

    def _tables(self, rows: int) -> Iterator[pa.Table]:
        if self._table is not None:
            yield self._table
            return
        import pyarrow.parquet as pq

        for source_file in self._files:
            with _opened(source_file.uri) as file:
                content = pq.ParquetFile(file, coerce_int96_timestamp_unit="us")
                for batch in content.iter_batches(rows):
                    yield pa.Table.from_batches([batch], content.schema_arrow)


def open_source(source: str, source_format: SourceFormat) -> SourceRows:
    """Open the rows to score.

    Args:
        source: a path or URI as of a problem's source.
        source_format: how text files are written.

    Raises:
        UserError: it cannot be read, has no rows, or its files have different columns.
    """
    kinds = {file_type(source)}
    if not is_sql(source) and not is_web(source) and urlsplit(source).scheme != "dvc":
        files = list_files(source)
        kinds = {file_type(file.uri) for file in files}
        if all(file_type(file.uri) == "parquet" for file in files):
            return _parquet_rows(source, files)
    by_extension = source_format.model_copy(update={"type": None, "header": None, "skip_lines": 0})
    frame, data_hash = read_table(source, by_extension)
    table = arrow_table(frame.reset_index(drop=True), source, is_sparse="json_lines" in kinds)
    return SourceRows(data_hash, len(table), table.schema, _table=table)


def frame_of(table: pa.Table) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Return a batch's rows as they were read, and which rows hold a field where not all do."""
    frame = exact_frame(table)
    held: dict[str, np.ndarray] = {}
    for field in table.schema:
        marks = field.metadata or {}
        if _JSON not in marks:
            continue
        texts = table[field.name].to_pylist()
        values = [None if text is None else json.loads(text) for text in texts]
        frame[field.name] = pd.Series(values, dtype=object)
        if _ABSENT in marks:
            held[field.name] = np.array([value is not None for value in values], dtype=bool)
    return frame, held


def _parquet_rows(source: str, files: list[SourceFile]) -> SourceRows:
    import pyarrow.parquet as pq

    total, schema, hashes = 0, None, []
    for source_file in files:
        if source_file.partitions:
            raise UserError(
                f"{source_file.uri}: found a folder {source_file.name.partition('/')[0]!r} with a"
                " value in its name, allowed are files whose rows hold all columns"
            )
        with _opened(source_file.uri) as file:
            hashes.append((source_file.name, _hash_of(file)))
            file.seek(0)
            try:
                content = pq.ParquetFile(file)
            except (ValueError, OSError) as error:
                reason = str(error).partition("\n")[0]
                raise UserError(f"{source_file.uri}: not a parquet table: {reason}") from None
            total += content.metadata.num_rows
            found = content.schema_arrow
        if schema is not None and not found.equals(schema):
            raise UserError(f"{source_file.uri}: its columns differ from those of {files[0].uri}")
        schema = found
    if schema is None or not total:
        raise UserError(f"{source}: the table has no rows")
    return SourceRows(_combined(hashes), total, schema, files)


def _combined(hashes: list[tuple[str, str]]) -> str:
    if not hashes[0][0]:
        return hashes[0][1]
    return hashlib.sha256("".join(f"{d}  {n}\n" for n, d in hashes).encode()).hexdigest()


def _hash_of(file: Any) -> str:
    digest = hashlib.sha256()
    while block := file.read(_HASH_BYTES):
        digest.update(block)
    return digest.hexdigest()


def _opened(uri: str) -> Any:
    """Return an open file, which can be read at any place."""
    try:
        if urlsplit(uri).scheme in ("", "file"):
            return open(uri.removeprefix("file://"), "rb")
        import fsspec

        return fsspec.open(uri, "rb").open()
    except FileNotFoundError:
        raise UserError(f"{uri}: no such file") from None
    except Exception as error:
        # Each object store raises its own errors for missing rights, buckets and networks.
        raise UserError(f"{uri}: cannot be read: {type(error).__name__}: {error}") from None


def arrow_table(frame: pd.DataFrame, source: str, *, is_sparse: bool) -> pa.Table:
    """Return a table as it was read; columns of objects as the JSON of each cell.

    Args:
        is_sparse: whether a missing value means that a row does not hold the field at all.
    """
    arrays, fields = [], []
    for name in frame.columns:
        values = frame[name]
        kind = None
        is_object = values.dtype == object
        if is_object and (is_sparse or pd.api.types.infer_dtype(values, skipna=True) != "string"):
            texts = [None if _is_absent(v) else json.dumps(v, default=str) for v in values]
            arrays.append(pa.array(texts, pa.string()))
            kind = {_JSON: b"", **({_ABSENT: b""} if is_sparse else {})}
        else:
            arrays.append(pa.array(values, from_pandas=True))
        fields.append(pa.field(str(name), arrays[-1].type, metadata=kind))
    if not arrays:
        raise UserError(f"{source}: the table has no columns")
    return pa.table(arrays, schema=pa.schema(fields))


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def table_bytes(table: pa.Table) -> bytes:
    """Return a table in Arrow's stream format."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def table_of(content: bytes | memoryview) -> pa.Table:
    """Return the table of :func:`table_bytes`."""
    return pa.ipc.open_stream(pa.py_buffer(content)).read_all()

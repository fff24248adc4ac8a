"""The rows of a source in batches, in their order: as a stream, but for few kinds of files."""

import dataclasses
import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pyarrow as pa

from homestead.data.exact_frame import exact_frame
from homestead.data.sources.files import SourceFile, file_type, list_files
from homestead.data.tables import combine_hashes, read_table
from homestead.errors import UserError
from homestead.files import open_uri
from homestead.problem.sections.source_format import SourceFormat
from homestead.problem.values.source_urls import is_sql, is_web
from homestead.scoring.inputs.query_rows import JSON, QueryRows, query_rows
from homestead.scoring.inputs.text_files import LINE, NAMES, TextFiles, text_files


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
    _stream: TextFiles | QueryRows | None = None

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
        if self._stream is not None:
            yield from self._stream.tables(rows)
            return
        import pyarrow.parquet as pq

        for source_file in self._files:
            with open_uri(source_file.uri) as file:
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
    if is_sql(source):
        query = query_rows(source)
        return SourceRows(query.data_hash, query.total, query.schema, _stream=query)
    if is_web(source) or urlsplit(source).scheme == "dvc":
        kinds = {file_type(source)}
    else:
        files = list_files(source)
        kinds = {file_type(file.uri) for file in files}
        if kinds == {"parquet"}:
            return _parquet_rows(source, files)
    by_extension = source_format.model_copy(update={"type": None, "header": None, "skip_lines": 0})
    if kinds in ({"csv"}, {"json_lines"}):
        text = text_files(source, by_extension, is_json=kinds == {"json_lines"})
        if text is not None:
            schema = pa.schema([(name, pa.string()) for name in text.names])
            return SourceRows(text.data_hash, text.total, schema, _stream=text)
    frame, data_hash = read_table(source, by_extension)
    table = _arrow_table(frame.reset_index(drop=True), source)
    return SourceRows(data_hash, len(table), table.schema, _table=table)


def frame_of(table: pa.Table) -> tuple[pd.DataFrame, list[dict[str, Any]] | None]:
    """Return a batch's rows as they were read; of JSON lines also the objects, else None."""
    names = (table.schema.metadata or {}).get(NAMES)
    if names is not None:
        objects = [json.loads(line) for line in table[LINE].to_pylist()]
        columns = {
            name: pd.Series([_scalar(row.get(name)) for row in objects], dtype=object)
            for name in json.loads(names)
        }
        return pd.DataFrame(columns, index=pd.RangeIndex(len(objects))), objects
    frame = exact_frame(table)
    for field in table.schema:
        if JSON in (field.metadata or {}):
            texts = table[field.name].to_pylist()
            values = [None if text is None else json.loads(text) for text in texts]
            frame[field.name] = pd.Series(values, dtype=object)
    return frame, None


def _scalar(value: Any) -> Any:
    # Such a cell is never regular, so that its text is not read.
    return json.dumps(value) if isinstance(value, list | dict) else value


def _parquet_rows(source: str, files: list[SourceFile]) -> SourceRows:
    import pyarrow.parquet as pq

    total, schema, hashes = 0, None, []
    for source_file in files:
        if source_file.partitions:
            raise UserError(
                f"{source_file.uri}: found a folder {source_file.name.partition('/')[0]!r} with a"
                " value in its name, allowed are files whose rows hold all columns"
            )
        with open_uri(source_file.uri) as file:
            hashes.append((source_file.name, hashlib.file_digest(file, "sha256").hexdigest()))
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
    return SourceRows(combine_hashes(hashes), total, schema, files)


def _arrow_table(frame: pd.DataFrame, source: str) -> pa.Table:
    """Return a table as it was read; columns of objects as the JSON of each cell."""
    arrays, fields = [], []
    for name in frame.columns:
        values = frame[name]
        kind = None
        is_object = values.dtype == object
        if is_object and pd.api.types.infer_dtype(values, skipna=True) != "string":
            texts = [None if _is_absent(v) else json.dumps(v, default=str) for v in values]
            arrays.append(pa.array(texts, pa.string()))
            kind = {JSON: b""}
        else:
            arrays.append(pa.array(values, from_pandas=True))
        fields.append(pa.field(str(name), arrays[-1].type, metadata=kind))
    if not arrays:
        raise UserError(f"{source}: the table has no columns")
    return pa.table(arrays, schema=pa.schema(fields))


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))

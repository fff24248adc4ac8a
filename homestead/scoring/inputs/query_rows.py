"""Rows of a database's query, or of a table of a catalog, which are scored from a file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from homestead.data.sources.sql_rows import QueryTable, store_query
from homestead.data.sources.sql_values import marked_values
from homestead.errors import UserError
from homestead.scoring.inputs.rows_folder import with_folder

# Mark in a batch of a column whose cells are JSON.
JSON: Final = b"json"


@dataclass
class QueryRows:
    """A query's rows in a file, which is deleted with this object.

    Attributes:
        total: number of the rows.
        schema: of the batches; columns of values that no type of Arrow holds are texts of JSON.
        data_hash: SHA-256 of the columns' names and the rows, in hex.
    """

    total: int
    schema: pa.Schema
    data_hash: str
    _table: QueryTable

    def tables(self, rows: int) -> Iterator[pa.Table]:
        """Yield the rows in order, at most so many at a time."""
        for batch in pq.ParquetFile(self._table.path).iter_batches(rows):
            columns = [
                self._json(column) if name in self._table.marked else column
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            ]
            yield pa.Table.from_arrays(columns, schema=self.schema)

    @staticmethod
    def _json(column: pa.Array) -> pa.Array:
        values = marked_values(column.to_pylist())
        texts = [None if value is None else json.dumps(value, default=str) for value in values]
        return pa.array(texts, pa.string())


def query_rows(source: str) -> QueryRows:
    """Run a query, store its rows and return them.

    Raises:
        UserError: as :func:`homestead.data.sources.sql_rows.store_query`, or there are no rows.
    """
    return with_folder(lambda folder: _stored(source, folder))


def _stored(source: str, folder: Path) -> QueryRows:
    table = store_query(source, folder)
    stored = pq.ParquetFile(table.path)
    if not stored.metadata.num_rows:
        raise UserError(f"{source}: the table has no rows")
    schema = pa.schema(
        pa.field(field.name, pa.string(), metadata={JSON: b""})
        if field.name in table.marked
        else field
        for field in stored.schema_arrow
    )
    return QueryRows(stored.metadata.num_rows, schema, table.digest, table)

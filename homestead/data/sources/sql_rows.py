"""Rows of a query, stored in a file: their order and their hash need all of them, memory does not.

Rows are fetched and written piece by piece. What needs all rows, the order by value and the hash,
DuckDB does with spill to disk.
"""

import hashlib
import tempfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from homestead.data.exact_frame import ROW, exact_frame
from homestead.data.sources.fetched_rows import KEY, FetchedRows, fetch_rows
from homestead.data.sources.sql import is_ordered, open_query
from homestead.data.sources.sql_values import MARKED, marked_values, restored
from homestead.engine.limits import connect
from homestead.engine.query_results import read_query
from homestead.problem.values.source_urls import source_place

# Rows that are sorted and written at once.
_SORTED_ROWS = 50_000
# Of Arrow, which has no types for mypy, or of pandas.
Table = Any


@dataclass
class QueryTable:
    """A query's rows in a Parquet file.

    Attributes:
        names: of its columns.
        digest: SHA-256 of the names and the rows' values in hex, which does not depend on their
            order.
        marked: columns of values that no type of Arrow holds.
    """

    path: Path
    names: list[str]
    digest: str
    marked: frozenset[str] = frozenset()

    def batches(self, columns: Collection[str], rows: int = _SORTED_ROWS) -> Iterator[Table]:
        """Yield the rows in order, as frames where no type of Arrow holds a column's values.

        Args:
            columns: of interest; others may be left out.
            rows: largest number of a batch.
        """
        # With a dot a name is also the path of a value within another column.
        dotted = any("." in name for name in self.names)
        wanted = None if dotted else [name for name in self.names if name in columns]
        for batch in pq.ParquetFile(self.path).iter_batches(rows, columns=wanted):
            table = pa.Table.from_batches([batch])
            has_marked = self.marked & {*table.column_names}
            yield self._with_objects(table) if has_marked else table

    def frame(self) -> pd.DataFrame:
        """Return all rows with exact integers and decimals; the index ``row`` counts from 1."""
        frame = self._with_objects(pq.ParquetFile(self.path).read())
        frame.index = pd.RangeIndex(1, len(frame) + 1, name=ROW)
        return frame

    def _with_objects(self, table: pa.Table) -> pd.DataFrame:
        marked = self.marked & {*table.column_names}
        frame = exact_frame(table)
        for name in marked:
            values = marked_values(table.column(name).to_pylist())
            frame[name] = pd.Series(values, frame.index, dtype=object)
        return frame


def store_query(source: str, folder: Path) -> QueryTable:
    """Run a source's query, and write its rows to a file.

    Without an ORDER BY the rows are in the order of their values, so that each reading gives the
    same.

    Args:
        folder: for the file.

    Raises:
        UserError: as :func:`homestead.data.sources.sql.open_query`, or the disk is full.
    """
    path = folder / "query.parquet"
    with _fetched(source, folder, has_values=True) as fetched:
        hashed = _HashedRows(source, fetched)
        if is_ordered(source):
            hashed.read_all()
            _write(fetched.tables(), fetched, path)
        else:
            _write(hashed.tables("*"), fetched, path)
    kinds = dict(zip(fetched.names, fetched.kinds, strict=True))
    marked = frozenset(name for name, kind in kinds.items() if kind == MARKED)
    return QueryTable(path, fetched.names, hashed.digest.hexdigest(), marked)


def hash_query(source: str) -> str:
    """Run a source's query, and return the hash of its rows, that of :class:`QueryTable`.

    Raises:
        UserError: as :func:`store_query`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="homestead-query-") as folder,
        _fetched(source, Path(folder), has_values=False) as fetched,
    ):
        hashed = _HashedRows(source, fetched)
        hashed.read_all()
        return hashed.digest.hexdigest()


def read_sql(source: str) -> tuple[pd.DataFrame, str]:
    """Return a query's rows, as :meth:`QueryTable.frame` gives them, and their hash.

    Raises:
        UserError: as :func:`store_query`.
    """
    with tempfile.TemporaryDirectory(prefix="homestead-query-") as folder:
        table = store_query(source, Path(folder))
        return table.frame(), table.digest


@contextmanager
def _fetched(source: str, folder: Path, *, has_values: bool) -> Iterator[FetchedRows]:
    """Run a query and fetch its rows into a file, which lasts as long as the block."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="fetched-") as name:
        with open_query(source) as query:
            fetched = fetch_rows(query, Path(name), has_values=has_values)
        yield fetched


class _HashedRows:
    """Rows in the order of their values, which are hashed as they are read."""

    def __init__(self, source: str, fetched: FetchedRows) -> None:
        self._place, self._fetched = source_place(source), fetched
        self.digest = hashlib.sha256(repr(fetched.names).encode())

    def tables(self, columns: str) -> Iterator[pa.Table]:
        """Yield columns of all rows, and hash the keys among them."""
        spill = self._fetched.path.parent
        file = str(self._fetched.path).replace("'", "''")
        query = f"SELECT {columns} FROM read_parquet('{file}') ORDER BY {KEY}"  # noqa: S608
        with connect(spill=spill, preserve_order=False, purpose=self._place) as connection:
            for batch in read_query(connection, query, _SORTED_ROWS):
                for key in batch.column(KEY).to_pylist():
                    self.digest.update(key.encode() + b"\n")
                yield pa.Table.from_batches([batch])

    def read_all(self) -> None:
        """Hash all rows."""
        for _ in self.tables(KEY):
            pass


def _write(tables: Iterable[pa.Table], fetched: FetchedRows, path: Path) -> None:
    """Write fetched rows with their names, in types that hold their values."""
    schema = pa.schema(list(zip(fetched.names, fetched.kinds, strict=True)))
    with pq.ParquetWriter(path, schema, compression="lz4") as writer:
        for table in tables:
            columns = [
                restored(table.column(f"c{column}").combine_chunks(), kind)
                for column, kind in enumerate(fetched.kinds)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))

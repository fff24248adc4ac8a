"""Checked rows on disk: good rows in their types, and why the others are bad."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from homestead.data.bad_values import BadGroups, BadValue
from homestead.data.checking.check_batch import CheckedBatch, RankedValue
from homestead.engine.query_results import read_query

if TYPE_CHECKING:
    import duckdb

# Bad rows that are kept in memory as read; more are read again from the source.
_KEPT_ROWS = 50_000
_BAD_SCHEMA = pa.schema(
    [
        ("row", pa.int64()),
        ("rank", pa.int64()),
        ("column", pa.string()),
        ("found", pa.string()),
        ("rule", pa.string()),
        ("reason", pa.string()),
    ]
)


class CheckedStore:
    """Rows of a source that were checked until now.

    Attributes:
        good: Parquet file of the good rows in their order in the source.
        groups: bad values by column and rule.
        bad_rows: positions of bad rows, not sorted.
    """

    def __init__(self, folder: Path) -> None:
        """Begin without rows.

        Args:
            folder: for the files.
        """
        self.good, self._bad = folder / "good.parquet", folder / "bad.parquet"
        self.groups = BadGroups()
        self.bad_rows = np.array([], np.int64)
        self._kept: list[pd.DataFrame] | None = []
        self._kept_rows = 0
        self._good_writer: pq.ParquetWriter | None = None
        self._bad_writer: pq.ParquetWriter | None = None

    def add(self, batch: CheckedBatch) -> None:
        """Write the rows of a batch, which follows those that were added before."""
        if self._good_writer is None:
            self._good_writer = _writer(self.good, batch.good.schema)
        if batch.good.num_rows:
            self._good_writer.write_table(batch.good)
        self.add_bad(batch.bad)
        if self._kept is not None and len(batch.raw):
            self._kept.append(batch.raw)
            self._kept_rows += len(batch.raw)
            if self._kept_rows > _KEPT_ROWS:
                self._kept = None

    def add_bad(self, bad: Iterable[RankedValue]) -> None:
        """Write why rows are bad."""
        found = list(bad)
        if not found:
            return
        for ranked in found:
            self.groups.add(ranked.value, ranked.rank)
        values = [ranked.value for ranked in found]
        columns = {
            "row": [value.row for value in values],
            "rank": [ranked.rank for ranked in found],
            "column": [value.column for value in values],
            "found": [value.found for value in values],
            "rule": [value.rule for value in values],
            "reason": [str(value) for value in values],
        }
        if self._bad_writer is None:
            self._bad_writer = _writer(self._bad, _BAD_SCHEMA)
        self._bad_writer.write_table(pa.table(columns, _BAD_SCHEMA))
        rows = np.unique(np.array(columns["row"], np.int64))
        self.bad_rows = np.concatenate([self.bad_rows, rows])

    def finish_good(self) -> None:
        """Complete the file of good rows."""
        if self._good_writer is not None:
            self._good_writer.close()

    def finish_bad(self) -> None:
        """Complete the file of bad values."""
        if self._bad_writer is not None:
            self._bad_writer.close()

    def kept(self) -> pd.DataFrame | None:
        """Return bad rows as read, by position; None if there were too many to keep them."""
        if self._kept is None:
            return None
        return pd.concat(self._kept) if self._kept else pd.DataFrame()

    def reasons(
        self, connection: "duckdb.DuckDBPyConnection", rows: int
    ) -> Iterator[tuple[np.ndarray, list[str]]]:
        """Yield positions of bad rows in order, and why each is bad.

        Args:
            rows: number of rows that are yielded at once; the last are fewer.
        """
        if self._bad_writer is None:
            return
        query = (
            "SELECT row, string_agg(reason, '; ' ORDER BY rank) AS reason"
            f" FROM {sql_file(self._bad)} GROUP BY row ORDER BY row"
        )
        for table in run_query(connection, query, rows):
            yield table["row"].to_numpy(), table["reason"].to_pylist()

    def bad_values(self) -> list[BadValue]:
        """Return why rows are bad, in the order of the rules."""
        if self._bad_writer is None:
            return []
        table = pq.read_table(self._bad).sort_by([("rank", "ascending"), ("row", "ascending")])
        columns = [table[name].to_pylist() for name in ("row", "column", "found", "rule")]
        return [BadValue(*value) for value in zip(*columns, strict=True)]


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    # The file is read once and removed: fast to write counts more than size.
    return pq.ParquetWriter(
        path, schema, compression="lz4", use_dictionary=False, write_statistics=False
    )


def sql_file(path: Path) -> str:
    """Return a Parquet file as DuckDB's SQL names it."""
    text = str(path).replace("'", "''")
    return f"read_parquet('{text}')"


def run_query(connection: "duckdb.DuckDBPyConnection", query: str, rows: int) -> Iterator[pa.Table]:
    """Yield a query's result in tables of exactly this many rows, the last of fewer."""
    yield from tables_of(read_query(connection, query, rows), rows)


def tables_of(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.Table]:
    """Yield batches' rows in tables of exactly this many rows, the last of fewer."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        waiting.append(batch)
        count += batch.num_rows
        while count >= rows:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, rows).combine_chunks()
            waiting = table.slice(rows).to_batches()
            count -= rows
    if count:
        yield pa.Table.from_batches(waiting).combine_chunks()

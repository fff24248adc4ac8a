"""Rows of a source in batches, from files, queries and frames."""

from array import array
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from homestead.data.checking.places import PartPlaces, SourcePlaces
from homestead.data.exact_frame import ROW, exact_frame
from homestead.data.formats.csv_text import LINE, CsvTable
from homestead.data.formats.json_lines import json_batches
from homestead.data.formats.parquet_table import ParquetTable
from homestead.data.sources.sql_rows import QueryTable

BATCH_ROWS = 65_536
# Of Arrow, which has no types for mypy, or of pandas.
Table = Any


@dataclass(frozen=True)
class Batch:
    """Rows of a source that follow each other.

    Attributes:
        start: position of the first row in the source.
        table: values as read.
    """

    start: int
    table: Table

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.table)

    def arrow(self, name: str) -> pa.Array | None:
        """Return a column in Arrow's memory, None if it is not there in that form."""
        if isinstance(self.table, pd.DataFrame) or name not in self.table.column_names:
            return None
        values = self.table.column(name).combine_chunks()
        # A combined column without rows stays in chunks.
        return values if isinstance(values, pa.Array) else pa.array([], values.type)

    def series(self, name: str, rows: np.ndarray | None = None) -> pd.Series:
        """Return a column as the rules take it, with an index from 0; missing if it is not there.

        Args:
            rows: positions of the rows in the batch, all if None.
        """
        if isinstance(self.table, pd.DataFrame):
            if name not in self.table:
                count = len(self.table) if rows is None else len(rows)
                return pd.Series([None] * count, dtype=object)
            values = self.table[name]
            return (values if rows is None else values.iloc[rows]).reset_index(drop=True)
        if name not in self.table.column_names:
            count = len(self.table) if rows is None else len(rows)
            return pd.Series([None] * count, dtype=object)
        column = self.table.column(name)
        column = column if rows is None else column.take(pa.array(rows))
        if pa.types.is_string(column.type):
            return pd.Series(pd.arrays.ArrowExtensionArray(column))
        return exact_frame(pa.table({name: column}))[name]

    def frame(self, names: Collection[str], rows: np.ndarray) -> pd.DataFrame:
        """Return some rows as read, indexed by their positions in the source."""
        columns = {name: self.series(name, rows) for name in names}
        return pd.DataFrame(columns).set_index(pd.Index(rows + self.start))


class TablePart(Protocol):
    """One file of a source, a query's rows or a frame."""

    @property
    def names(self) -> Collection[str]:
        """Names of its columns, as far as they are known."""

    def batches(self, columns: Collection[str]) -> Iterator[Table]:
        """Yield the rows in order."""

    def places(self, rows: int) -> tuple[str, Callable[[], pd.Index]]:
        """Return what is counted, and what reads each row's place."""


@dataclass
class FramePart:
    """A frame whose index holds each row's place."""

    frame: pd.DataFrame

    @property
    def names(self) -> Collection[str]:
        """Names of its columns."""
        return [str(name) for name in self.frame.columns]

    def batches(self, columns: Collection[str]) -> Iterator[Table]:
        """Yield the rows at once; they are in memory."""
        yield self.frame

    def places(self, rows: int) -> tuple[str, Callable[[], pd.Index]]:
        """Return what the index counts, and the index."""
        return str(self.frame.index.name or ROW), lambda: self.frame.index


@dataclass
class CsvPart:
    """A CSV as texts."""

    table: CsvTable

    @property
    def names(self) -> Collection[str]:
        """Names of its columns."""
        return self.table.names

    def batches(self, columns: Collection[str]) -> Iterator[Table]:
        """Yield the rows in order."""
        yield from self.table.batches(columns)

    def places(self, rows: int) -> tuple[str, Callable[[], pd.Index]]:
        """Return that lines are counted, and what reads them."""
        return LINE, lambda: self.table.line_numbers(rows)


@dataclass
class ParquetPart:
    """A Parquet file, or a query's rows, which are stored as one."""

    table: ParquetTable | QueryTable

    @property
    def names(self) -> Collection[str]:
        """Names of its columns."""
        return self.table.names

    def batches(self, columns: Collection[str]) -> Iterator[Table]:
        """Yield the rows in order."""
        yield from self.table.batches(columns, BATCH_ROWS)

    def places(self, rows: int) -> tuple[str, Callable[[], pd.Index]]:
        """Return that rows are counted, and their numbers from 1."""
        return ROW, lambda: pd.RangeIndex(1, rows + 1)


@dataclass
class JsonPart:
    """JSON lines in UTF-8; the names of columns are known when all lines are read."""

    path: Path
    uri: str
    _names: dict[str, None] = field(default_factory=dict)
    _lines: "array[int]" = field(default_factory=lambda: array("q"))

    @property
    def names(self) -> Collection[str]:
        """Names of the columns that were read until now."""
        return self._names.keys()

    def batches(self, columns: Collection[str]) -> Iterator[Table]:
        """Yield the rows in order."""
        self._lines = array("q")
        with self.path.open("rb") as file:
            for frame in json_batches(file, self.uri, BATCH_ROWS // 4):
                self._names.update(dict.fromkeys(frame.columns))
                self._lines.extend(frame.index.tolist())
                yield frame

    def places(self, rows: int) -> tuple[str, Callable[[], pd.Index]]:
        """Return that lines are counted, and the line of each row."""
        return LINE, lambda: pd.Index(np.frombuffer(self._lines, np.int64))


@dataclass
class SourceTable:
    """Rows of a source, which can be read several times.

    Attributes:
        parts: its files by name; the name of a single file is empty.
        partitions: values that the names of each file's folders tell.
        data_hash: SHA-256 of the source in hex.
        require_unchanged: raises a ``UserError`` if a file is another one than the one hashed.
    """

    parts: list[tuple[str, TablePart]]
    partitions: list[dict[str, str | None]]
    data_hash: str = ""
    require_unchanged: Callable[[], None] = lambda: None
    _rows: list[int] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """Names of the columns of any part, as far as they are known."""
        names: dict[str, None] = {}
        for (_, part), folders in zip(self.parts, self.partitions, strict=True):
            names |= dict.fromkeys([*part.names, *folders])
        return list(names)

    @property
    def knows_names(self) -> bool:
        """Whether all names are known before the rows are read."""
        return not any(isinstance(part, JsonPart) for _, part in self.parts)

    def batches(self, columns: Collection[str], rows: int = BATCH_ROWS) -> Iterator[Batch]:
        """Yield the rows in order.

        Args:
            columns: of interest; others may be left out.
            rows: largest number of a batch.
        """
        start, self._rows = 0, []
        for (_, part), folders in zip(self.parts, self.partitions, strict=True):
            first = start
            for table in part.batches(columns):
                whole = _with_partitions(table, folders, part.names)
                for offset in range(0, len(whole), rows):
                    cut = _slice(whole, offset, rows)
                    yield Batch(start, cut)
                    start += len(cut)
            self._rows.append(start - first)

    def places(self) -> SourcePlaces:
        """Return each row's place, once all rows are read."""
        parts = []
        for (name, part), rows in zip(self.parts, self._rows, strict=True):
            unit, read = part.places(rows)
            parts.append(PartPlaces(name, unit, rows, read))
        return SourcePlaces(parts)


def _slice(table: Table, offset: int, rows: int) -> Table:
    if isinstance(table, pd.DataFrame):
        return table.iloc[offset : offset + rows]
    return table.slice(offset, rows)


def _with_partitions(table: Table, folders: dict[str, str | None], names: Collection[str]) -> Table:
    """Return the table with columns of the values that the names of folders tell."""
    for name, value in folders.items():
        if name in names:
            continue
        if isinstance(table, pd.DataFrame):
            table = table.assign(**{name: pd.Series(value, index=table.index, dtype=object)})
        else:
            table = table.append_column(name, pa.array([value] * len(table), pa.string()))
    return table

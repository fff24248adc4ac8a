"""A query's rows as they were fetched, in one file, in whatever order the database gave them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from homestead.data.sources.sql import QueryRows, Row
from homestead.data.sources.sql_values import Piece, carried_type, common_kind, piece, recarried

# Column of the file that sorts the rows by value and is hashed: each row as Python writes it.
KEY: Final = "key"
_READ_ROWS: Final = 50_000


@dataclass(frozen=True)
class FetchedRows:
    """A query's rows in a file.

    Attributes:
        path: Parquet file with the column :data:`KEY`, and ``c0``, ``c1``, … in the form of
            :func:`homestead.data.sources.sql_values.carried_type`.
        names: of the query's columns.
        kinds: their types; none if only the keys were stored.
        rows: their number.
    """

    path: Path
    names: list[str]
    kinds: list[pa.DataType]
    rows: int

    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows in the order in which they were fetched."""
        yield from _tables(self.path)


@dataclass
class _Part:
    """Rows in one file, whose columns have one type each."""

    path: Path
    kinds: list[pa.DataType]
    writer: pq.ParquetWriter

    def takes(self, pieces: list[Piece]) -> bool:
        """Whether further rows are of the same types; of decimals the digits may differ."""
        return all(
            pa.types.is_null(new.kind)
            or new.kind == kind
            or (pa.types.is_decimal(new.kind) and pa.types.is_decimal(kind))
            for new, kind in zip(pieces, self.kinds, strict=True)
        )

    def add(self, keys: pa.Array, pieces: list[Piece]) -> None:
        """Write rows that it takes."""
        self.kinds = [
            common_kind([kind, new.kind]) for kind, new in zip(self.kinds, pieces, strict=True)
        ]
        columns = [
            recarried(new.carried, new.kind, kind)
            for new, kind in zip(pieces, self.kinds, strict=True)
        ]
        self.writer.write_table(pa.Table.from_arrays([keys, *columns], schema=_schema(self.kinds)))


def fetch_rows(query: QueryRows, folder: Path, *, has_values: bool = True) -> FetchedRows:
    """Write a query's rows to a file, piece by piece.

    Args:
        folder: for the file.
        has_values: whether the values are of interest, or their keys alone.
    """
    parts: list[_Part] = []
    total = 0
    for rows in query.batches:
        keys, pieces = _pieces(rows, has_values=has_values)
        total += len(keys)
        if not parts or not parts[-1].takes(pieces):
            kinds = [new.kind for new in pieces]
            path = folder / f"{len(parts)}.parquet"
            parts.append(_Part(path, kinds, _writer(path, kinds)))
        parts[-1].add(keys, pieces)
    for part in parts:
        part.writer.close()
    columns = len(query.names) if has_values else 0
    kinds = [common_kind(part.kinds[column] for part in parts) for column in range(columns)]
    if len(parts) == 1 and parts[0].kinds == kinds:
        return FetchedRows(parts[0].path, query.names, kinds, total)
    path = folder / "all.parquet"
    with _writer(path, kinds) as writer:
        for part in parts:
            for table in _tables(part.path):
                columns_as = [
                    recarried(table.column(column + 1).combine_chunks(), own, kind)
                    for column, (own, kind) in enumerate(zip(part.kinds, kinds, strict=True))
                ]
                writer.write_table(
                    pa.Table.from_arrays([table.column(0), *columns_as], schema=_schema(kinds))
                )
            part.path.unlink()
    return FetchedRows(path, query.names, kinds, total)


def _pieces(rows: list[Row], *, has_values: bool) -> tuple[pa.Array, list[Piece]]:
    keys = pa.array([repr(row) for row in rows], pa.string())
    return keys, [piece(values) for values in zip(*rows, strict=True)] if has_values else []


def _tables(path: Path) -> Iterator[pa.Table]:
    for batch in pq.ParquetFile(path).iter_batches(_READ_ROWS):
        yield pa.Table.from_batches([batch])


def _schema(kinds: list[pa.DataType]) -> pa.Schema:
    columns = [(f"c{column}", carried_type(kind)) for column, kind in enumerate(kinds)]
    return pa.schema([(KEY, pa.string()), *columns])


def _writer(path: Path, kinds: list[pa.DataType]) -> pq.ParquetWriter:
    # The file is read once and removed: fast to write counts more than size.
    return pq.ParquetWriter(
        path, _schema(kinds), compression="lz4", use_dictionary=False, write_statistics=False
    )

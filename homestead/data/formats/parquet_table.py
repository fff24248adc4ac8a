"""Parquet files as tables with exact integers and times."""

import io
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from homestead.data.exact_frame import ROW, exact_frame
from homestead.errors import UserError

_ERRORS = (ValueError, OSError, NotImplementedError)


def read_parquet(content: bytes, uri: str) -> pd.DataFrame:
    """Return the table; the index ``row`` counts its rows from 1.

    Raises:
        UserError: the file is no Parquet table.
    """
    table = ParquetTable(io.BytesIO(content), uri)
    try:
        frame = exact_frame(table.file.read())
    except _ERRORS as error:
        raise table.refusal(error) from None
    frame.index = pd.RangeIndex(1, len(frame) + 1, name=ROW)
    return frame


class ParquetTable:
    """A Parquet file, read in batches.

    Attributes:
        names: of its columns.
    """

    def __init__(self, file: Path | BinaryIO, uri: str) -> None:
        """Read the file's schema.

        Args:
            uri: the file's name in error messages.

        Raises:
            UserError: the file is no Parquet table.
        """
        self._uri = uri
        try:
            # Spark's older times are 96 bits long; in nanoseconds the year 9999 would wrap around.
            self.file = pq.ParquetFile(file, coerce_int96_timestamp_unit="us", pre_buffer=False)
            self.names: list[str] = list(self.file.schema_arrow.names)
        except _ERRORS as error:
            raise self.refusal(error) from None

    def refusal(self, error: Exception) -> UserError:
        """Return the error of a file that cannot be read."""
        reason = str(error).partition("\n")[0]
        return UserError(f"{self._uri}: not a parquet table: {reason}")

    def batches(self, columns: Collection[str], rows: int) -> Iterator[pa.Table]:
        """Yield the rows in order.

        Args:
            columns: of interest; others may be left out.
            rows: largest number of a batch.

        Raises:
            UserError: the file is damaged.
        """
        # With a dot a name is also the path of a value within another column.
        dotted = any("." in name for name in self.names)
        wanted = None if dotted else [name for name in self.names if name in columns]
        try:
            for batch in self.file.iter_batches(rows, columns=wanted):
                yield pa.Table.from_batches([batch])
        except _ERRORS as error:
            raise self.refusal(error) from None
